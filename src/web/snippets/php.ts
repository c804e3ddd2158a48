import type { MakeSnippet } from './snippet.ts'
import { singleQuoted, valueWriter } from './value-writer.ts'

export const php: MakeSnippet = ({ url, inputs, values, files }) => ({
  language: 'php',
  title: 'PHP',
  needs: 'the soap extension (Debian’s php-cli and php-soap)',
  program: {
    file: 'call.php',
    text: `<?php
$context = stream_context_create(['ssl' => [
    'local_cert' => getenv('X509_USER_PROXY'),
    'capath' => getenv('X509_CERT_DIR'),
]]);
$client = new SoapClient(${singleQuoted(`${url}?wsdl`)}, [
    'stream_context' => $context,
    'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
    // Kept for a day otherwise; inputs that the service has since are dropped without a word.
    'cache_wsdl' => WSDL_CACHE_NONE,
]);

$results = $client->run([
${inputs.map(input => `    ${singleQuoted(input.name)} => ${written(input)},\n`).join('')}])->results;
${values
  .map(({ name, many }) =>
    many
      ? `echo '${name}: ', implode(' ', $results->${name}), "\\n";\n`
      : `echo '${name}: ', $results->${name}, "\\n";\n`,
  )
  .join('')}${files
  .map(({ name, many }) =>
    many
      ? `foreach ($results->${name} as $file) echo $file->url[0], "\\n";\n`
      : `echo '${name}: ', $results->${name}->url[0], "\\n";\n`,
  )
  .join('')}`,
  },
  commands: ['php call.php'],
})

const written = valueWriter({
  text: singleQuoted,
  boolean: String,
  nothing: 'null',
  inline: text => `['text' => ${text}]`,
  file: name => `['content' => file_get_contents(${name})]`,
})
