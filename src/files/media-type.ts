/** What browsers and clients need to know of files that legacy programs write; everything else is just bytes. */
const types: Readonly<Record<string, string>> = {
  txt: 'text/plain; charset=utf-8',
  log: 'text/plain; charset=utf-8',
  out: 'text/plain; charset=utf-8',
  err: 'text/plain; charset=utf-8',
  dat: 'text/plain; charset=utf-8',
  cat: 'text/plain; charset=utf-8',
  fasta: 'text/plain; charset=utf-8',
  fa: 'text/plain; charset=utf-8',
  pdb: 'chemical/x-pdb',
  csv: 'text/csv; charset=utf-8',
  tsv: 'text/tab-separated-values; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
  htm: 'text/html; charset=utf-8',
  xml: 'application/xml',
  json: 'application/json',
  yaml: 'application/yaml',
  yml: 'application/yaml',
  pdf: 'application/pdf',
  ps: 'application/postscript',
  eps: 'application/postscript',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  svg: 'image/svg+xml',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  fits: 'image/fits',
  fit: 'image/fits',
  mp4: 'video/mp4',
  gz: 'application/gzip',
  tgz: 'application/gzip',
  bz2: 'application/x-bzip2',
  xz: 'application/x-xz',
  zip: 'application/zip',
  tar: 'application/x-tar',
  h5: 'application/x-hdf5',
  nc: 'application/x-netcdf',
}

/** The media type of a file by its name's ending; `application/octet-stream` when that says nothing. */
export function mediaTypeOf(name: string): string {
  const ending = /[^/.][^/]*\.([A-Za-z0-9]{1,8})$/.exec(name)?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(types, ending) ? (types[ending] ?? fallback) : fallback
}

const fallback = 'application/octet-stream'
