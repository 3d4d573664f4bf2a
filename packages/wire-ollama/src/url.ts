/** The base URL may end in `/api` or not. */
export function apiUrl(baseUrl: string, name: string): string {
  return `${baseUrl.replace(/(?:\/api)?\/*$/, '')}/api/${name}`
}
