"""Reads one line at a time, as an interpreter at a terminal does; python3 itself reads all of a pipe before it begins."""
import pickle
import sys
import types


class Session:
    def __init__(self):
        self.names = {'__name__': '__main__', '_session': self}

    def run(self, cell, marker):
        try:
            with open(cell) as file:
                exec(compile(file.read(), '<code>', 'exec'), self.names)
        except Exception as error:
            print(f'error: {type(error).__name__}: {error}', file=sys.stderr, flush=True)
        print(marker, flush=True)

    def save(self):
        """Keeps the variables that can be kept, and the names of modules that were imported."""
        kept, modules = {}, {}
        for name, value in self.names.items():
            if name.startswith('_'):
                continue
            if isinstance(value, types.ModuleType):
                modules[name] = value.__name__
                continue
            try:
                kept[name] = pickle.dumps(value)
            except Exception:
                pass
        with open('session.pickle', 'wb') as file:
            pickle.dump((modules, kept), file)

    def load(self):
        with open('session.pickle', 'rb') as file:
            modules, kept = pickle.load(file)
        for name, module in modules.items():
            __import__(module)
            self.names[name] = sys.modules[module]
        for name, value in kept.items():
            self.names[name] = pickle.loads(value)


session = Session()
while True:
    try:
        line = sys.stdin.readline()
        if not line:
            break
        exec(line, session.names)
    except KeyboardInterrupt:
        pass
