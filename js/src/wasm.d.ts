// `import base64 from 'core.wasm'` is the module's bytes, put in by the build.
declare module 'core.wasm' {
  const base64: string;
  export default base64;
}
