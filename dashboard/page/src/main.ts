import { createApp } from 'vue'
import App from './App.vue'
import HistoryPage from './HistoryPage.vue'
import RoomPage from './RoomPage.vue'
import './style.css'

const pages: Record<string, typeof App> = { '/history': HistoryPage, '/room': RoomPage }
createApp(pages[location.pathname] ?? App).mount('#app')
