"""A database of sequences that stays: made once, searched again and again. Reads a line for each call: a file of JSON, a marker."""
import json
import os
import subprocess
import sys

columns = 'qseqid sseqid pident length mismatch gapopen qstart qend sstart send evalue bitscore'


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    for line in done.stderr.splitlines():
        # What BLAST says of a query without letters it likes is a warning to it.
        print(line, file=sys.stderr)
    if done.returncode != 0:
        raise ValueError((done.stderr.strip().splitlines() or [f'{words[0]} ended with {done.returncode}'])[-1])
    return done.stdout


def build(sequences):
    # The database of a session that slept, or of the one that this one goes on from, is there already.
    if not os.path.exists('database.ndb') or os.path.exists('unfinished'):
        open('unfinished', 'w').close()
        run('makeblastdb', '-in', sequences, '-dbtype', 'nucl', '-out', 'database', '-title', 'database', '-parse_seqids')
        os.remove('unfinished')


def search(query, evalue, most, task):
    with open(query) as file:
        # blastn finds nothing in it, and says so in a warning.
        if not file.read(65536).lstrip().startswith('>'):
            raise ValueError('the query is no FASTA: its first line does not begin with >')
    table = run('blastn', '-task', task, '-db', 'database', '-query', query, '-evalue', repr(evalue),
                '-max_target_seqs', str(most), '-outfmt', '6 ' + columns)
    with open('hits.tsv', 'w') as file:
        file.write(columns.replace(' ', '\t') + '\n' + table)
    for line in table.splitlines():
        fields = dict(zip(columns.split(), line.split('\t')))
        print('hit', fields['sseqid'], fields['pident'], fields['evalue'], fields['bitscore'])


def about():
    print(run('blastdbcmd', '-db', 'database', '-info'), end='')


def act(call):
    name = call.pop('do')
    # They lie in the working directory, which is kept as it is.
    if name in ('save', 'load'):
        return
    {'search': search, 'about': about}[name](**call)


try:
    build(sys.argv[1])
except ValueError as problem:
    print(f'error: {problem}', file=sys.stderr)
    sys.exit(65)
while True:
    try:
        line = sys.stdin.readline()
        if not line:
            break
        cell, marker = line.split()
        try:
            with open(cell) as file:
                act(json.load(file))
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            print(f'error: {problem}', file=sys.stderr, flush=True)
        print(marker, flush=True)
    except KeyboardInterrupt:
        pass
