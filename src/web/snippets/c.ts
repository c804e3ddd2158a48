import { pascalCase } from '../../wsdl/contract-names.ts'
import { type MakeSnippet, shellWord } from './snippet.ts'
import type { ExampleInput, ExampleValue } from './subject.ts'

/** gSOAP's wsdl2h calls the application's namespace ns1 and that of jobs ns2. */
export const c: MakeSnippet = ({ name, url, inputs, values, files }) => {
  const service = pascalCase(name)
  const readsFiles = inputs.some(input => input.values.some(({ kind }) => kind === 'file'))
  return {
    language: 'c',
    title: 'C (gSOAP)',
    needs: 'gSOAP, a C compiler, OpenSSL (Debian’s gsoap libgsoap-dev libssl-dev gcc), curl',
    program: {
      file: 'call.c',
      text: `#include <stdio.h>
#include <stdlib.h>
#include "soapH.h"
#include "${service}Binding.nsmap"
${readsFiles ? `\n${readContent}` : ''}
int main(void)
{
  struct soap *soap = soap_new1(SOAP_XML_STRICT | SOAP_C_UTFSTRING);
  struct _ns1__run run = {0};
  struct _ns1__runResponse answer;
  const char *proxy = getenv("X509_USER_PROXY");
${inputs.map(statements).join('')}
  soap_ssl_init();
  if (soap_ssl_client_context(soap, SOAP_SSL_DEFAULT, proxy, NULL, NULL, getenv("X509_CERT_DIR"), NULL) ||
      soap_call___ns1__run(soap, ${literal(url)}, NULL, &run, &answer)) {
    soap_print_fault(soap, stderr);
    return 1;
  }
${values.map(printValue).join('')}${files.map(printFile).join('')}  soap_destroy(soap);
  soap_end(soap);
  soap_free(soap);
  return 0;
}
`,
    },
    commands: [
      `curl -sS --capath "$X509_CERT_DIR" -o service.wsdl ${shellWord(`${url}?wsdl`)}`,
      'wsdl2h -c -o service.h service.wsdl',
      'soapcpp2 -C -c -L service.h',
      'gcc -DWITH_OPENSSL -o call call.c soapC.c soapClient.c -lgsoapssl -lssl -lcrypto',
      './call',
    ],
  }
}

const readContent = `static struct ns2__FileIn file(struct soap *soap, const char *name)
{
  struct ns2__FileIn in = {0};
  FILE *stream = fopen(name, "rb");
  if (stream == NULL) { perror(name); exit(1); }
  fseek(stream, 0, SEEK_END);
  in.__union_FileIn = SOAP_UNION__ns2__union_FileIn_content;
  in.union_FileIn.content.__size = (int)ftell(stream);
  in.union_FileIn.content.__ptr = soap_malloc(soap, in.union_FileIn.content.__size);
  rewind(stream);
  if (fread(in.union_FileIn.content.__ptr, 1, in.union_FileIn.content.__size, stream) < (size_t)in.union_FileIn.content.__size) exit(1);
  fclose(stream);
  return in;
}
`

/** Control characters and quotes in octal, which ends after three digits whatever follows. */
const literal = (text: string): string =>
  `"${[...Buffer.from(text, 'utf8')]
    .map(byte =>
      byte < 0x20 || byte > 0x7e || byte === 0x22 || byte === 0x5c || byte === 0x3f
        ? `\\${byte.toString(8).padStart(3, '0')}`
        : String.fromCharCode(byte),
    )
    .join('')}"`

/** What gSOAP makes of names: an underscore of the contract is no separator. */
const cName = (name: string): string => name.replaceAll('_', '_USCORE')

function statements({ name, many, required, values }: ExampleInput): string {
  const member = cName(name)
  const [first] = values
  if (first === undefined) return ''
  const type = typeOf(name, first)
  const files = values.map((value, index) =>
    value.kind === 'inline'
      ? `  ${member}[${index}].__union_FileIn = SOAP_UNION__ns2__union_FileIn_text;\n  ${member}[${index}].union_FileIn.text = ${literal(value.text)};\n`
      : value.kind === 'file'
        ? `  ${member}[${index}] = file(soap, ${literal(value.name)});\n`
        : '',
  )
  const isFile = first.kind === 'inline' || first.kind === 'file'
  const initial = isFile ? '{{0}}' : `{${values.map(value => initialOf(name, value)).join(', ')}}`
  const give = many
    ? `  run.__size${member} = ${values.length};\n  run.${member} = ${member};\n`
    : // What must be there is no pointer, but for structures and strings, which are.
      (required && !isFile) || first.kind === 'text'
      ? `  run.${member} = ${member}[0];\n`
      : `  run.${member} = ${member};\n`
  return `  ${type} ${member}[${values.length}] = ${initial};\n${files.join('')}${give}`
}

function typeOf(name: string, value: ExampleValue): string {
  switch (value.kind) {
    case 'text':
      return 'char *'
    case 'choice':
      return `enum ns1__${pascalCase(name)}Value`
    case 'integer':
      return 'LONG64'
    case 'number':
      return 'double'
    case 'boolean':
      return 'enum xsd__boolean'
    default:
      return 'struct ns2__FileIn'
  }
}

function initialOf(name: string, value: ExampleValue): string {
  switch (value.kind) {
    case 'text':
      return literal(value.text)
    case 'choice':
      return `ns1__${pascalCase(name)}Value__${cName(value.text)}`
    case 'boolean':
      return value.value ? 'xsd__boolean__true_' : 'xsd__boolean__false_'
    case 'integer':
    case 'number':
      return value.text
    default:
      return '{0}'
  }
}

function printValue({ name, many, whole }: { name: string; many: boolean; whole: boolean }): string {
  const member = `answer.results->${cName(name)}`
  const [format, cast] = whole ? ['%lld', '(long long)'] : ['%g', '']
  return many
    ? `  printf("${name}:");\n  for (int i = 0; i < answer.results->__size${cName(name)}; i++) printf(" ${format}", ${cast}${member}[i]);\n  printf("\\n");\n`
    : `  if (${member}) printf("${name}: ${format}\\n", ${cast}*${member});\n`
}

function printFile({ name, many }: { name: string; many: boolean }): string {
  const member = `answer.results->${cName(name)}`
  return many
    ? `  for (int i = 0; i < answer.results->__size${cName(name)}; i++) printf("%s\\n", ${member}[i].url[0]);\n`
    : `  if (${member}) printf("${name}: %s\\n", ${member}->url[0]);\n`
}
