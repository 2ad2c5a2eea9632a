import { createApp } from 'vue';
import App from './App.vue';
import { router } from './router.js';
import './tracker.js';

const app = createApp(App);
// The browser hears nothing of what Vue has caught.
app.config.errorHandler = (error) => reportError(error);
app.use(router).mount('#root');
