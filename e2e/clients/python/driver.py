"""The Python clients of the lab. One JSON line in (connection, then commands), one JSON line out for each command."""

import base64
import json
import sys

connection = json.loads(sys.stdin.readline())
TOOL_INPUT = {
    "type": "object",
    "properties": {"query": {"type": "string"}, "index": {"type": "number"}},
    "required": ["query", "index"],
    "additionalProperties": False,
}
REPORT = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "degrees": {"type": "number"},
        "dry": {"type": "boolean"},
    },
    "required": ["city", "degrees", "dry"],
    "additionalProperties": False,
}
MAX_TURNS = 4
MAX_TOKENS = 2_000


def openai_client():
    import openai

    return openai.OpenAI(
        base_url=connection["api"] + "/v1",
        api_key=connection["key"],
        max_retries=connection["retries"],
        default_headers=connection["headers"],
    )


class OpenAiChat:
    def __init__(self):
        self.client = openai_client()

    def ask(self, question):
        body = {"model": question["model"], "messages": self.messages(question)}
        if not question["stream"]:
            reply = self.client.chat.completions.create(**body)
            return self.answer(reply.choices[0].message.content, 1, reply.usage)
        text, pieces, usage = "", 0, None
        options = {"stream": True, "stream_options": {"include_usage": True}}
        for chunk in self.client.chat.completions.create(**body, **options):
            usage = chunk.usage or usage
            if chunk.choices and chunk.choices[0].delta.content:
                text += chunk.choices[0].delta.content
                pieces += 1
        return self.answer(text, pieces, usage)

    def use_tools(self, question, names):
        messages = self.messages(question)
        tools = [
            {"type": "function", "function": {"name": name, "strict": True, "parameters": TOOL_INPUT}}
            for name in names
        ]
        calls = []
        for _ in range(MAX_TURNS):
            body = {"model": question["model"], "messages": messages, "tools": tools}
            if question["stream"]:
                with self.client.chat.completions.stream(**body) as stream:
                    message = stream.get_final_completion().choices[0].message
            else:
                message = self.client.chat.completions.create(**body).choices[0].message
            if not message.tool_calls:
                return {"text": message.content, "calls": calls}
            messages.append(message.model_dump(exclude_none=True, exclude={"parsed"}))
            for call in message.tool_calls:
                calls.append([call.function.name, json.loads(call.function.arguments)])
                messages.append({"role": "tool", "tool_call_id": call.id, "content": "7"})
        raise RuntimeError("the model goes on calling tools")

    def report(self, question):
        schema = {"name": "report", "strict": True, "schema": REPORT}
        reply = self.client.chat.completions.create(
            model=question["model"],
            messages=self.messages(question),
            response_format={"type": "json_schema", "json_schema": schema},
        )
        return json.loads(reply.choices[0].message.content)

    def embed(self, model, texts, encoding):
        # Base64 is what the SDK asks for when its user asks for nothing.
        options = {"encoding_format": encoding} if encoding == "float" else {}
        reply = self.client.embeddings.create(model=model, input=texts, **options)
        return [entry.embedding for entry in reply.data]

    def draw(self, model, prompt):
        reply = self.client.images.generate(
            model=model, prompt=prompt, response_format="b64_json"
        )
        return reply.data[0].b64_json

    def speak(self, model, text):
        sound = self.client.audio.speech.create(model=model, input=text, voice="alloy")
        return base64.b64encode(sound.content).decode()

    def transcribe(self, model, wav):
        file = ("said.wav", base64.b64decode(wav))
        return self.client.audio.transcriptions.create(model=model, file=file).text

    def models(self):
        return [model.id for model in self.client.models.list()]

    @staticmethod
    def messages(question):
        if "image" not in question:
            return [{"role": "user", "content": question["prompt"]}]
        url = "data:image/png;base64," + question["image"]
        return [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": question["prompt"] + " "},
                    {"type": "image_url", "image_url": {"url": url}},
                ],
            }
        ]

    @staticmethod
    def answer(text, pieces, usage):
        counts = usage and {"input": usage.prompt_tokens, "output": usage.completion_tokens}
        return {"text": text, "pieces": pieces, "reasoning": "", "usage": counts}


class OpenAiResponses:
    def __init__(self):
        self.client = openai_client()

    def respond(self, stream, **body):
        if not stream:
            return self.client.responses.create(**body), 1
        pieces = 0
        with self.client.responses.stream(**body) as events:
            for event in events:
                if event.type == "response.output_text.delta":
                    pieces += 1
                # The SDK hands failures of a running answer to its user as events.
                if event.type in ("response.failed", "error"):
                    raise RuntimeError(event.type)
            return events.get_final_response(), pieces

    def ask(self, question):
        body = {"model": question["model"], "input": self.input(question), "store": False}
        if question.get("reasoning"):
            body["reasoning"] = {"effort": "low", "summary": "auto"}
        response, pieces = self.respond(question["stream"], **body)
        thoughts = [item for item in response.output if item.type == "reasoning"]
        usage = response.usage
        return {
            "text": response.output_text,
            "pieces": pieces,
            "reasoning": "".join(part.text for item in thoughts for part in item.summary),
            "usage": usage and {"input": usage.input_tokens, "output": usage.output_tokens},
        }

    def use_tools(self, question, names):
        items = self.input(question)
        tools = [
            {"type": "function", "name": name, "strict": True, "parameters": TOOL_INPUT}
            for name in names
        ]
        calls = []
        for _ in range(MAX_TURNS):
            response, _pieces = self.respond(
                question["stream"], model=question["model"], input=items, tools=tools, store=False
            )
            wanted = [item for item in response.output if item.type == "function_call"]
            if not wanted:
                return {"text": response.output_text, "calls": calls}
            for call in wanted:
                calls.append([call.name, json.loads(call.arguments)])
                items.append(
                    {
                        "type": "function_call",
                        "call_id": call.call_id,
                        "name": call.name,
                        "arguments": call.arguments,
                    }
                )
            for call in wanted:
                items.append(
                    {"type": "function_call_output", "call_id": call.call_id, "output": "7"}
                )
        raise RuntimeError("the model goes on calling tools")

    def report(self, question):
        schema = {"type": "json_schema", "name": "report", "strict": True, "schema": REPORT}
        body = {"model": question["model"], "input": self.input(question)}
        response = self.client.responses.create(**body, text={"format": schema})
        return json.loads(response.output_text)

    @staticmethod
    def input(question):
        if "image" not in question:
            return [{"role": "user", "content": question["prompt"]}]
        url = "data:image/png;base64," + question["image"]
        return [
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": question["prompt"] + " "},
                    {"type": "input_image", "image_url": url, "detail": "auto"},
                ],
            }
        ]


class AnthropicMessages:
    def __init__(self):
        import anthropic

        self.client = anthropic.Anthropic(
            base_url=connection["api"],
            api_key=connection["key"],
            max_retries=connection["retries"],
            default_headers=connection["headers"],
        )

    def create(self, stream, **body):
        body["max_tokens"] = MAX_TOKENS
        if not stream:
            return self.client.messages.create(**body), 1
        pieces = 0
        with self.client.messages.stream(**body) as events:
            for _text in events.text_stream:
                pieces += 1
            return events.get_final_message(), pieces

    def ask(self, question):
        body = {"model": question["model"], "messages": self.messages(question)}
        if question.get("reasoning"):
            body["thinking"] = {"type": "enabled", "budget_tokens": 1_024}
        message, pieces = self.create(question["stream"], **body)
        return {
            "text": self.text_of(message),
            "pieces": pieces,
            "reasoning": "".join(b.thinking for b in message.content if b.type == "thinking"),
            "usage": {"input": message.usage.input_tokens, "output": message.usage.output_tokens},
        }

    def use_tools(self, question, names):
        messages = self.messages(question)
        tools = [{"name": name, "input_schema": TOOL_INPUT} for name in names]
        calls = []
        for _ in range(MAX_TURNS):
            message, _pieces = self.create(
                question["stream"], model=question["model"], messages=messages, tools=tools
            )
            wanted = [block for block in message.content if block.type == "tool_use"]
            if not wanted:
                return {"text": self.text_of(message), "calls": calls}
            calls += [[block.name, block.input] for block in wanted]
            messages.append({"role": "assistant", "content": message.content})
            results = [
                {"type": "tool_result", "tool_use_id": block.id, "content": "7"} for block in wanted
            ]
            messages.append({"role": "user", "content": results})
        raise RuntimeError("the model goes on calling tools")

    def report(self, question):
        message, _pieces = self.create(
            False,
            model=question["model"],
            messages=self.messages(question),
            output_config={"format": {"type": "json_schema", "schema": REPORT}},
        )
        return json.loads(self.text_of(message))

    def count_tokens(self, question):
        body = {"model": question["model"], "messages": self.messages(question)}
        return self.client.messages.count_tokens(**body).input_tokens

    def models(self):
        return [model.id for model in self.client.models.list()]

    @staticmethod
    def messages(question):
        if "image" not in question:
            return [{"role": "user", "content": question["prompt"]}]
        source = {"type": "base64", "media_type": "image/png", "data": question["image"]}
        return [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": question["prompt"] + " "},
                    {"type": "image", "source": source},
                ],
            }
        ]

    @staticmethod
    def text_of(message):
        return "".join(block.text for block in message.content if block.type == "text")


CLIENTS = {
    "python.openai.chat": OpenAiChat,
    "python.openai.responses": OpenAiResponses,
    "python.anthropic": AnthropicMessages,
}

client = CLIENTS[connection["client"]]()
for line in sys.stdin:
    name, *arguments = json.loads(line)
    try:
        outcome = {"value": getattr(client, name)(*arguments)}
    except Exception as error:  # what a caller would see, whatever it is
        status = getattr(error, "status_code", None)
        outcome = {"error": {"name": type(error).__name__, "message": str(error), "status": status}}
    print(json.dumps(outcome), flush=True)
