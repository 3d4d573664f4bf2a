/** What a model is named may be an ARN: it stays one member of the path (T61). */
export function modelUrl(baseUrl: string, model: string, method: string): string {
  return `${baseUrl.replace(/\/+$/, '')}/model/${encodeURIComponent(model)}/${method}`
}
