// What the parser of the AsyncAPI Initiative says of the document on stdin, as JSON on stdout.
import { text } from "node:stream/consumers";
import { Parser } from "@asyncapi/parser";
import { AvroSchemaParser } from "@asyncapi/avro-schema-parser";

const parser = new Parser();
parser.registerSchemaParser(AvroSchemaParser());
const { document, diagnostics } = await parser.parse(await text(process.stdin));
const told = diagnostics.map(({ severity, code, message, path }) => ({
  severity,
  code: String(code),
  message,
  path: path.join("/"),
}));
const channels = document === undefined ? [] : document.channels().all();
console.log(
  JSON.stringify({
    diagnostics: told,
    channels: channels.map((it) => it.address()),
    messages: document === undefined ? [] : document.allMessages().all().map((it) => it.name()),
  }),
);
