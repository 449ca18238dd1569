"""What ministack lacks of AWS: metric math, numbers from parameters, the routes of HttpApi events, a name that resolves.

    emulate.py template BUILT URL     rewrites BUILT/template.yaml without what the emulator refuses, with the API at URL
    emulate.py leftovers STACK        fails if a table of the stack is left
    emulate.py routes BUILT STACK     makes the routes of the HTTP API; prints the API's id
    emulate.py proxy PORT EMULATOR ID passes requests on under the HTTP API's host name
"""

import http.client
import http.server
import sys

import boto3
import yaml

HOP_BY_HOP = ("transfer-encoding", "content-length", "connection", "host")


class Loader(yaml.SafeLoader):
    """Reads the short forms of CloudFormation's functions as the long ones."""


def function(loader, suffix, node):
    kinds = {yaml.ScalarNode: loader.construct_scalar, yaml.SequenceNode: loader.construct_sequence}
    argument = kinds.get(type(node), loader.construct_mapping)(node)
    if suffix in ("Ref", "Condition"):
        return {suffix: argument}
    if suffix == "GetAtt" and isinstance(argument, str):
        argument = argument.split(".", 1)
    return {"Fn::" + suffix: argument}


Loader.add_multi_constructor("!", function)


def read(built):
    with open(f"{built}/template.yaml") as file:
        return yaml.load(file, Loader)


def events(resource):
    is_function = resource["Type"] == "AWS::Serverless::Function"
    return list(resource["Properties"].get("Events", {}).values()) if is_function else []


def template(built, url):
    content = read(built)
    resources = content["Resources"]
    for name in [name for name, one in resources.items() if "Metrics" in one.get("Properties", {})]:
        print(f"left out: {name} (metric math)", file=sys.stderr)
        del resources[name]
    for event in [event for resource in resources.values() for event in events(resource)]:
        scaling = event["Properties"].get("ScalingConfig")
        if scaling:
            # The emulator takes a parameter's value as text.
            scaling["MaximumConcurrency"] = 2
    # The emulator's host names resolve on few machines; `--stack` reads the API's address here.
    content["Outputs"]["BaseUrl"]["Value"] = url
    with open(f"{built}/template.yaml", "w") as file:
        yaml.safe_dump(content, file)


def leftovers(stack):
    left = [name for name in boto3.client("dynamodb").list_tables()["TableNames"] if name.startswith(stack + "-")]
    if left:
        sys.exit(f"left by a first deploy that failed: {left}")


def routes(built, stack):
    described = boto3.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    physical = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in described}
    gateway, functions = boto3.client("apigatewayv2"), boto3.client("lambda")
    for name, resource in read(built)["Resources"].items():
        paths = [event["Properties"] for event in events(resource) if event["Type"] == "HttpApi"]
        if not paths:
            continue
        arn = functions.get_function(FunctionName=physical[name])["Configuration"]["FunctionArn"]
        integration = gateway.create_integration(
            ApiId=physical["HttpApi"],
            IntegrationType="AWS_PROXY",
            IntegrationUri=arn,
            PayloadFormatVersion="2.0",
        )
        for path in paths:
            key = f"{path['Method'].upper()} {path['Path']}" if "Path" in path else "$default"
            target = "integrations/" + integration["IntegrationId"]
            gateway.create_route(ApiId=physical["HttpApi"], RouteKey=key, Target=target)
    print(physical["HttpApi"])


def proxy(port, emulator, api):
    host = f"{api}.execute-api.localhost:{emulator}"

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
            upstream = http.client.HTTPConnection("127.0.0.1", int(emulator))
            upstream.request(self.command, self.path, body, {**headers, "Host": host})
            answer = upstream.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = pass_on

        def log_message(self, *_):
            """The functions' own lines are the log."""

    http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()


if __name__ == "__main__":
    {"template": template, "leftovers": leftovers, "routes": routes, "proxy": proxy}[sys.argv[1]](*sys.argv[2:])
