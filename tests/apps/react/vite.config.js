import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: '../../../build/apps/react',
    emptyOutDir: true,
    rolldownOptions: { input: ['index.html', 'widget.html'] },
  },
});
