/** The pages and their addresses. */
import { createRouter, createWebHistory } from 'vue-router'
import HomeView from './views/HomeView.vue'

declare module 'vue-router' {
  interface RouteMeta {
    /** Shown in the browser's tab, before the name of the product. */
    title: string
  }
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', name: 'home', component: HomeView, meta: { title: 'Articles' } },
    // Loaded when first visited: the table of articles does not wait for the drawing code.
    {
      path: '/traffic',
      name: 'traffic',
      component: () => import('./views/TrafficView.vue'),
      meta: { title: 'Traffic' },
    },
    {
      path: '/:path(.*)*',
      name: 'not-found',
      component: () => import('./views/NotFoundView.vue'),
      meta: { title: 'Page not found' },
    },
  ],
})

router.afterEach((to) => {
  document.title = `${to.meta.title} · Cloud Native Canary`
})

// After a release the page that is open names files which no longer exist; the new page knows the new names. A file that
// is missing right after loading is missing for another reason, and loading again and again would not help.
const settledMilliseconds = 10_000
router.onError((_, to) => {
  if (performance.now() > settledMilliseconds) window.location.assign(to.fullPath)
})
