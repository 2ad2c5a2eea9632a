// The browsers that the checks run in, behind one small interface.

export interface Browser {
  /** With its version. */
  readonly name: string;
  open(url: string): Promise<void>;
  /** The value of an expression in the page; a promise is awaited. Values pass as JSON. */
  evaluate<Value>(expression: string): Promise<Value>;
  /** Clicks on an element as a visitor does. */
  click(selector: string): Promise<void>;
  type(selector: string, text: string): Promise<void>;
  /** Clicks at these pixels of the viewport; runs no script in the page, which may have replaced what that needs. */
  clickAt(x: number, y: number): Promise<void>;
  /** Opens the address in a second tab and closes the first one. */
  moveToNewTab(url: string): Promise<void>;
  back(): Promise<void>;
  quit(): Promise<void>;
}

export interface Engine {
  title: string;
  /** Starts the browser with a new profile. */
  start(): Promise<Browser>;
}
