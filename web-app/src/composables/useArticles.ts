/** The list of articles and its loading state. */
import { readonly, ref, shallowRef } from 'vue'
import { ApiError, type ArticleList, getArticles } from '../api.ts'

/**
 * `list` keeps the last successful response during a reload and when a reload fails; `error` is a sentence for the user,
 * empty when there is no error.
 */
export function useArticles() {
  const list = shallowRef<ArticleList>()
  const loading = ref(false)
  const error = ref('')
  let latest = 0

  /** Reads the articles again; of two concurrent reads only the later one counts. Never throws. */
  async function load(): Promise<void> {
    latest++
    const mine = latest
    loading.value = true
    try {
      const answer = await getArticles()
      if (mine !== latest) return
      list.value = answer
      error.value = ''
    } catch (cause) {
      if (mine !== latest) return
      error.value = cause instanceof ApiError ? cause.message : 'The articles could not be read.'
    }
    loading.value = false
  }

  return { list, loading: readonly(loading), error: readonly(error), load }
}
