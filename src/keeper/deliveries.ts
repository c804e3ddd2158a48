import type { StoredResults } from '../application/stored-results.ts'
import type { StoredDelivery } from '../core/stored-delivery.ts'
import type { InstanceRow } from '../store/rows.ts'

/**
 * Which files of an instance go where: what its owner asked for, of what there is. Of several files of one output that
 * were all to have one name each has its own behind it: none takes the place of another.
 */
export function deliveriesOf(
  { options }: Pick<InstanceRow, 'options'>,
  files: StoredResults['files'],
): readonly { readonly name: string; readonly url: string; readonly size: number }[] {
  const { deliver = [] } = JSON.parse(options) as { readonly deliver?: readonly StoredDelivery[] }
  return deliver.flatMap(({ output, url }) =>
    (files[output] ?? []).map(({ name, size }) => ({
      name,
      size,
      url: url.endsWith('/')
        ? `${url}${inUrl(name)}`
        : (files[output] ?? []).length > 1
          ? `${url}/${inUrl(name)}`
          : url,
    })),
  )
}

const inUrl = (name: string): string => name.split('/').map(encodeURIComponent).join('/')
