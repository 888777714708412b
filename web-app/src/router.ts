/** The pages and their paths. */
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
    // Loaded on the first visit, so that the table of articles does not wait for the drawing code.
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

// After a release an open page refers to files that no longer exist, so the app reloads the page, which has the new names.
// A file that is missing right after loading has another reason, and reloading again and again would not help.
const settledMilliseconds = 10_000
router.onError((_, to) => {
  if (performance.now() > settledMilliseconds) window.location.assign(to.fullPath)
})
