import { pascalCase } from '../../wsdl/contract-names.ts'
import { type MakeSnippet, shellWord } from './snippet.ts'
import type { ExampleInput, ExampleValue } from './subject.ts'
import { doubleQuoted } from './value-writer.ts'

/** wsimport makes classes of the contract, in a package called client. */
export const java: MakeSnippet = ({ name, url, inputs, values, files }) => {
  const service = pascalCase(name)
  return {
    language: 'java',
    title: 'Java (JAX-WS)',
    needs: 'a JDK and JAX-WS (Debian’s default-jdk-headless and jaxws), openssl, curl',
    program: {
      file: 'Call.java',
      text: `import client.*;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;

public class Call {
    public static void main(String[] arguments) throws Exception {
        Run run = new Run();
${inputs.flatMap(statements).join('')}
        ${service}PortType service = new ${service}Service(new File("service.wsdl").toURI().toURL()).get${service}();
        ${service}Results results = service.run(run).getResults();
${values.map(({ name }) => `        System.out.println("${name}: " + results.get${pascalCase(name)}());\n`).join('')}${files
  .map(({ name, many }) =>
    many
      ? `        for (FileOut file : results.get${pascalCase(name)}()) System.out.println(file.getUrl().get(0));\n`
      : `        System.out.println("${name}: " + results.get${pascalCase(name)}().getUrl().get(0));\n`,
  )
  .join('')}    }
}
`,
    },
    commands: [
      `curl -sS --capath "$X509_CERT_DIR" -o service.wsdl ${shellWord(`${url}?wsdl`)}`,
      'wsimport -quiet -keep -p client service.wsdl',
      `openssl pkcs12 -export -in "$X509_USER_PROXY" -out proxy.p12 -passout pass:changeit`,
      'for ca in "$X509_CERT_DIR"/*.0; do keytool -importcert -noprompt -alias "$ca" -file "$ca" -keystore trust.p12 -storepass changeit; done',
      'export CLASSPATH=".:/usr/share/java/jaxws-rt.jar"',
      'javac -encoding UTF-8 Call.java',
      'java -Djavax.net.ssl.keyStore=proxy.p12 -Djavax.net.ssl.keyStorePassword=changeit -Djavax.net.ssl.trustStore=trust.p12 -Djavax.net.ssl.trustStorePassword=changeit Call',
    ],
  }
}

function statements({ name, many, values }: ExampleInput): readonly string[] {
  const give = (value: string): string =>
    many ? `        run.get${pascalCase(name)}().add(${value});\n` : `        run.set${pascalCase(name)}(${value});\n`
  return values.flatMap((value, index) => {
    if (value.kind !== 'inline' && value.kind !== 'file') return [give(expression(name, value))]
    const file = `file${pascalCase(name)}${index === 0 ? '' : index + 1}`
    const content =
      value.kind === 'inline'
        ? `setText(${doubleQuoted(value.text)})`
        : `setContent(Files.readAllBytes(Path.of(${doubleQuoted(value.name)})))`
    return [`        FileIn ${file} = new FileIn();\n        ${file}.${content};\n`, give(file)]
  })
}

function expression(name: string, value: Exclude<ExampleValue, { kind: 'inline' | 'file' }>): string {
  switch (value.kind) {
    case 'text':
      return doubleQuoted(value.text)
    case 'choice':
      return `${pascalCase(name)}Value.fromValue(${doubleQuoted(value.text)})`
    case 'integer':
      // wsimport makes int of what fits.
      return value.int ? value.text : `${value.text}L`
    case 'number':
      return `${value.text}d`
    case 'boolean':
      return String(value.value)
  }
}
