//! Reads the parameters and outputs of a deployed stack with one signed request to CloudFormation, because the SDK's
//! client takes minutes to build.

use std::time::Duration;

use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_types::error::ErrorMetadata;
use bytes::Bytes;
use http::Request;
use platform::{
    http::{HttpClient, Roots},
    signing::{self, Caller},
};

use super::{AwsError, Call, Session, variable};
use crate::CliError;

const SERVICE: &str = "cloudformation";
const CALL_TIMEOUT: Duration = Duration::from_secs(8);
const HEADERS: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded")];

/// A stack as CloudFormation describes it.
pub(crate) struct Stack {
    name: String,
    description: String,
}

impl Stack {
    /// The value of an output.
    pub fn output(&self, output: &str) -> Result<String, CliError> {
        let value = value_of(&self.description, "Output", output);
        value.ok_or_else(|| CliError::NoOutput { stack: self.name.clone(), output: output.to_owned() })
    }

    /// The value of a parameter.
    pub fn parameter(&self, parameter: &str) -> Option<String> {
        value_of(&self.description, "Parameter", parameter)
    }
}

impl Session {
    pub async fn stack_output(&self, stack: &str, output: &str) -> Result<String, CliError> {
        self.stack(stack).await?.output(output)
    }

    pub async fn stack(&self, stack: &str) -> Result<Stack, CliError> {
        let call =
            Call { service: "CloudFormation", operation: "DescribeStacks", kind: "stack", name: stack };
        let request = self.describe_stack(stack).await?;
        let answer = HttpClient::new(Roots::Native)?.send(request, CALL_TIMEOUT).await;
        let (service, place) = (call.service, self.place());
        let answer =
            answer.map_err(|error| AwsError::Unreachable { service, place, source: error.into() })?;
        let description = String::from_utf8_lossy(answer.body()).into_owned();
        if !answer.status().is_success() {
            return Err(self.refused(call, &refusal(&description)).into());
        }
        Ok(Stack { name: stack.to_owned(), description })
    }

    async fn describe_stack(&self, stack: &str) -> Result<Request<Bytes>, CliError> {
        let cannot = |source: Box<dyn std::error::Error + Send + Sync>| {
            AwsError::configuration("no request to CloudFormation can be made", source)
        };
        let provider =
            self.config.credentials_provider().ok_or_else(|| cannot("there are no credentials".into()))?;
        let credentials = provider.provide_credentials().await.map_err(|error| cannot(error.into()))?;
        let endpoint = variable("AWS_ENDPOINT_URL_CLOUDFORMATION");
        let endpoint = endpoint.or_else(|| self.config.endpoint_url().map(str::to_owned));
        let regional = || format!("https://cloudformation.{}.amazonaws.com", self.region);
        let url = format!("{}/", endpoint.unwrap_or_else(regional).trim_end_matches('/'));
        let caller = Caller { service: SERVICE, region: &self.region, credentials: &credentials };
        let body = format!("Action=DescribeStacks&Version=2010-05-15&StackName={}", encoded(stack));
        let request = signing::post(caller, &url, &HEADERS, body);
        Ok(request.ok_or_else(|| cannot("it cannot be signed".into()))?)
    }
}

/// Encodes a value for a form body.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'-' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// The text of the first element of a name.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text.trim())
}

/// The value of an entry of `Outputs` or `Parameters`, by its key.
fn value_of(xml: &str, kind: &str, name: &str) -> Option<String> {
    let members = element(xml, &format!("{kind}s"))?.split("<member>");
    let mut named = members.filter(|member| element(member, &format!("{kind}Key")) == Some(name));
    let value = named.next().and_then(|member| element(member, &format!("{kind}Value")))?;
    Some(unescaped(value))
}

/// The text of an element (XML 1.0, "Predefined Entities").
fn unescaped(text: &str) -> String {
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    entities.iter().fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

/// The code of a refusal. A stack that is not there has the code of every invalid request.
fn refusal(xml: &str) -> ErrorMetadata {
    let message = element(xml, "Message").unwrap_or_default();
    let code = match element(xml, "Code") {
        Some("ValidationError") if message.ends_with("does not exist") => Some("ResourceNotFoundException"),
        code => code,
    };
    let mut metadata = ErrorMetadata::builder().message(message);
    if let Some(code) = code {
        metadata = metadata.code(code);
    }
    metadata.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_by_its_key_in_any_order_of_its_elements() {
        let xml = "<DescribeStacksResponse><Stacks><member><StackName>s</StackName><Parameters>\
                   <member><ParameterKey>Provider</ParameterKey><ParameterValue>aws</ParameterValue></member>\
                   </Parameters><Outputs>\
                   <member><OutputValue>https://a.example.com</OutputValue><OutputKey>CallbackUrl</OutputKey></member>\
                   <member><OutputKey>BaseUrl</OutputKey><OutputValue> https://b.example.com </OutputValue></member>\
                   </Outputs></member></Stacks></DescribeStacksResponse>";
        let output = |name: &str| value_of(xml, "Output", name);
        assert_eq!(output("BaseUrl").as_deref(), Some("https://b.example.com"));
        assert_eq!(output("CallbackUrl").as_deref(), Some("https://a.example.com"));
        assert_eq!(output("Other"), None);
        assert_eq!(value_of("<html>", "Output", "BaseUrl"), None);
        assert_eq!(value_of(xml, "Parameter", "BaseUrl"), None);
    }

    #[test]
    fn the_text_of_a_parameter_is_read_as_it_was_given() {
        let xml = "<Parameters><member><ParameterKey>ProviderSettings</ParameterKey>\
                   <ParameterValue>{&quot;username&quot;: &quot;a&amp;lt;&quot;}</ParameterValue></member></Parameters>";
        let settings = value_of(xml, "Parameter", "ProviderSettings");
        assert_eq!(settings.as_deref(), Some(r#"{"username": "a&lt;"}"#));
    }

    #[test]
    fn a_missing_stack_and_another_refusal_are_different_errors() {
        let answer = |code: &str, message: &str| {
            let error =
                format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>");
            refusal(&error).code().map(str::to_owned)
        };
        let missing = answer("ValidationError", "Stack with id s does not exist");
        assert_eq!(missing.as_deref(), Some("ResourceNotFoundException"));
        assert_eq!(answer("AccessDenied", "no").as_deref(), Some("AccessDenied"));
    }
}
