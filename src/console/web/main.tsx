import { render } from "preact";
import { App } from "./app.tsx";
import { listen } from "./store.ts";
import "uplot/dist/uPlot.min.css";
import "./style.css";

listen();
render(<App />, document.querySelector("#app")!);
