import type { MakeSnippet } from './snippet.ts'
import type { ExampleInput, ExampleValue } from './subject.ts'
import { singleQuoted } from './value-writer.ts'

/** SOAP::Lite's reading of WSDL knows only the rpc style; so the call is put together by hand. */
export const perl: MakeSnippet = ({ namespace, url, inputs, values, files }) => ({
  language: 'perl',
  title: 'Perl (SOAP::Lite)',
  needs: 'SOAP::Lite (Debian’s libsoap-lite-perl)',
  program: {
    file: 'call.pl',
    text: `use strict;
use warnings;
use utf8;
use SOAP::Lite;

sub content { local (@ARGV, $/) = @_; my $bytes = <>; return SOAP::Data->name(content => $bytes)->type('base64Binary') }

my $service = SOAP::Lite->proxy(${singleQuoted(url)})->default_ns(${singleQuoted(namespace)});
$service->transport->ssl_opts(
    SSL_cert_file => $ENV{X509_USER_PROXY},
    SSL_key_file  => $ENV{X509_USER_PROXY},
    SSL_ca_path   => $ENV{X509_CERT_DIR},
);
my $answer = $service->call('run',
${inputs.flatMap(arguments_).join('')});
die $answer->faultstring, "\\n" if $answer->fault;
my $results = $answer->result;
${values
  .map(({ name, many }) =>
    many
      ? `print "${name}: @{[ref $results->{${name}} ? @{$results->{${name}}} : $results->{${name}}]}\\n";\n`
      : `print "${name}: $results->{${name}}\\n";\n`,
  )
  .join('')}${files
  .map(({ name, many }) =>
    many
      ? `print $_->{url}, "\\n" for ref $results->{${name}} eq 'ARRAY' ? @{$results->{${name}}} : $results->{${name}};\n`
      : `print "${name}: $results->{${name}}{url}\\n";\n`,
  )
  .join('')}`,
  },
  commands: ['perl call.pl'],
})

const arguments_ = ({ name, values }: ExampleInput): readonly string[] =>
  values.map(value => `    SOAP::Data->name(${singleQuoted(name)} => ${one(value)},\n`)

/** Every value says its type: what SOAP::Lite guesses is often another one. */
function one(value: ExampleValue): string {
  switch (value.kind) {
    case 'text':
    case 'choice':
      return `${singleQuoted(value.text)})->type('string')`
    case 'integer':
      return `${value.text})->type('long')`
    case 'number':
      return `${value.text})->type('double')`
    case 'boolean':
      return `'${String(value.value)}')->type('boolean')`
    case 'inline':
      return `\\SOAP::Data->name(text => ${singleQuoted(value.text)})->type('string'))`
    case 'file':
      return `\\content(${singleQuoted(value.name)}))`
  }
}
