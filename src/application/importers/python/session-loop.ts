/**
 * The program of a Python session: services/python/session.py, word for word (a test holds them together), because a description
 * that is imported has to stand alone.
 */
export const sessionLoop = `"""Reads one line at a time, as an interpreter at a terminal does; python3 itself reads all of a pipe before it begins."""
import contextlib
import importlib
import math
import os
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

    def give(self, values):
        """Prints results for whoever called: what a line cannot hold is an error, and not half an answer."""
        for value in values:
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError(f'the result is {value!r}, which is no number')
            if isinstance(value, str) and len(value.splitlines()) > 1 or str(value) != str(value).strip():
                raise ValueError('the result is a text of several lines, or with blanks at its ends; return it in a dict')
            print('=>', value)

    def call(self, function, *given, **named):
        """What the function itself prints is a message, and no result."""
        with contextlib.redirect_stdout(sys.stderr):
            return function(*given, **named)

    def save(self):
        """Keeps the variables that can be kept, those of modules that lie here too, and the names of modules."""
        modules = {name: value.__name__ for name, value in self.names.items() if isinstance(value, types.ModuleType)}
        here = [module for module in list(sys.modules.values()) if self.lies_here(module)]
        kept = {module.__name__: picklable(vars(module)) for module in here}
        with open('session.pickle', 'wb') as file:
            pickle.dump((modules, kept, picklable(self.names)), file)

    def load(self):
        with open('session.pickle', 'rb') as file:
            modules, kept, names = pickle.load(file)
        for module, variables in kept.items():
            unpickle(variables, vars(importlib.import_module(module)))
        for name, module in modules.items():
            self.names[name] = importlib.import_module(module)
        unpickle(names, self.names)

    @staticmethod
    def lies_here(module):
        file = getattr(module, '__file__', None) or ''
        return module.__name__ != '__main__' and os.path.dirname(os.path.abspath(file)) == os.getcwd()


def picklable(variables):
    """What can be kept of some variables: not functions, classes and modules, which are made anew."""
    kept = dict()
    for name, value in list(variables.items()):
        if name.startswith('_') or isinstance(value, (types.ModuleType, types.FunctionType, type)):
            continue
        try:
            kept[name] = pickle.dumps(value)
        except Exception:
            pass
    return kept


def unpickle(kept, variables):
    for name, value in kept.items():
        variables[name] = pickle.loads(value)


session = Session()
while True:
    try:
        line = sys.stdin.readline()
        if not line:
            break
        exec(line, session.names)
    except KeyboardInterrupt:
        pass
`
