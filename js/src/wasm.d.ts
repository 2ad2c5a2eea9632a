// `import hex from 'core.wasm'` is the module's bytes, two hexadecimal digits each, put in by the build.
declare module 'core.wasm' {
  const hex: string;
  export default hex;
}
