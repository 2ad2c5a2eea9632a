export default {
  output: 'export',
  distDir: 'dist',
  // /teas/index.html in place of /teas.html: every server of files finds it.
  trailingSlash: true,
};
