import { createApp } from 'vue';
import App from './App.vue';
import { router } from './router.js';
import './tracker.js';

const app = createApp(App);
// Reports errors that Vue catches: the browser does not see them.
app.config.errorHandler = (error) => reportError(error);
app.use(router).mount('#root');
