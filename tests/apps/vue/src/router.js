import { createRouter, createWebHistory } from 'vue-router';
import { PLANTS } from './plants.js';
import ContactView from './views/ContactView.vue';
import HomeView from './views/HomeView.vue';
import PlantsView from './views/PlantsView.vue';
import PlantView from './views/PlantView.vue';
import ThanksView from './views/ThanksView.vue';

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', component: HomeView, meta: { title: 'Home' } },
    { path: '/plants', component: PlantsView, meta: { title: 'Plants' } },
    { path: '/plants/:id', component: PlantView },
    { path: '/shop', redirect: '/plants' },
    { path: '/contact', component: ContactView, meta: { title: 'Contact' } },
    { path: '/thanks', component: ThanksView, meta: { title: 'Thanks' } },
  ],
});

router.afterEach(({ meta, params }) => {
  document.title = meta.title ?? PLANTS[params.id];
});
