// naive.py for Node.js, with js-yaml and the carrier's own SDK: `node benchmarks/naive.cjs FLOW... OUT`.
"use strict";
const fs = require("fs");
const path = require("path");
const yaml = require("js-yaml");
const plivo = require("plivo");

/** Return the XML of one step, built with the SDK. */
function document(base, step, actions) {
  const response = plivo.Response();
  for (const action of actions) {
    if (action === "hangup") {
      response.addHangup();
      continue;
    }
    const [[verb, value]] = Object.entries(action);
    if (verb === "say") {
      response.addSpeak(value);
    } else if (verb === "dial") {
      const dial = response.addDial({ action: `${base}/${step}/dial`, method: "GET" });
      for (const number of value.to) dial.addNumber(number);
    } else if (verb === "record") {
      response.addRecord({ action: `${base}/${value.then}.xml`, method: "GET", callbackUrl: value.events });
    } else {
      throw new Error(`${step}: unknown action ${verb}`);
    }
  }
  return response.toXML();
}

/** Write every step of a flow into the output folder. */
function build(source, out) {
  const flow = yaml.load(fs.readFileSync(source, "utf8"));
  const base = `${flow.base_url}/plivo/${flow.name}`;
  const folder = path.join(out, "plivo", flow.name);
  fs.mkdirSync(folder, { recursive: true });
  for (const [step, actions] of Object.entries(flow.steps)) {
    fs.writeFileSync(path.join(folder, `${step}.xml`), document(base, step, actions));
  }
}

const names = process.argv.slice(2);
const out = names.pop();
for (const source of names) build(source, out);
