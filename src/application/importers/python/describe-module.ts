/**
 * A program for python3 that reads a module (its one argument) and prints what its functions look like, in JSON. The module
 * is parsed, not run: whoever imports a description need not trust it.
 */
export const describeModule = `
import ast, json, sys

def spoken(node):
    return None if node is None else ast.unparse(node)

def literal(node):
    try:
        value = ast.literal_eval(node)
        json.dumps(value, allow_nan=False)
        return {'value': value}
    except (ValueError, TypeError, SyntaxError):
        return {'expression': ast.unparse(node)}

def function(node):
    a = node.args
    plain = a.posonlyargs + a.args
    defaults = dict(zip([arg.arg for arg in plain[len(plain) - len(a.defaults):]], a.defaults))
    defaults.update({arg.arg: value for arg, value in zip(a.kwonlyargs, a.kw_defaults) if value is not None})
    return {
        'name': node.name,
        'doc': ast.get_docstring(node),
        'arguments': [
            {
                'name': arg.arg,
                'annotation': spoken(arg.annotation),
                'positional': arg in a.posonlyargs,
                **({'default': literal(defaults[arg.arg])} if arg.arg in defaults else {}),
            }
            for arg in plain + a.kwonlyargs
        ],
        'variable': a.vararg is not None or a.kwarg is not None,
        'returns': spoken(node.returns),
        'asynchronous': isinstance(node, ast.AsyncFunctionDef),
    }

with open(sys.argv[1], encoding='utf-8') as file:
    tree = ast.parse(file.read(), sys.argv[1])
functions = [
    function(node)
    for node in tree.body
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.name.startswith('_')
]
print(json.dumps({'doc': ast.get_docstring(tree), 'functions': functions}))
`
