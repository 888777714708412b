import { createApp } from 'vue'
import App from './App.vue'
import HistoryPage from './HistoryPage.vue'
import './style.css'

createApp(location.pathname === '/history' ? HistoryPage : App).mount('#app')
