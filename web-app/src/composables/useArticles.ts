/** The list of articles with the state of reading it. */
import { readonly, ref, shallowRef } from 'vue'
import { ApiError, type ArticleList, getArticles } from '../api.ts'

/**
 * `list` keeps the last good answer while `loading` again and when that fails; `error` is a sentence for the user, empty
 * when all is well.
 */
export function useArticles() {
  const list = shallowRef<ArticleList>()
  const loading = ref(false)
  const error = ref('')
  let latest = 0

  /** Reads the articles again; of two reads at once the later one counts. Never throws. */
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
