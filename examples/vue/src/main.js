import { createApp } from 'vue';
import { createRouter, createWebHistory } from 'vue-router';
import App from './App.vue';
import HomeView from './HomeView.vue';
import TeasView from './TeasView.vue';
import TeaView from './TeaView.vue';
import { TEAS } from './teas.js';
import './tracker.js';

const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', component: HomeView, meta: { title: 'Home' } },
    { path: '/teas', component: TeasView, meta: { title: 'Teas' } },
    { path: '/teas/:id', component: TeaView },
  ],
});

// `page_view` records the title.
router.afterEach(({ meta, params }) => {
  document.title = meta.title ?? TEAS[params.id];
});

createApp(App).use(router).mount('#root');
