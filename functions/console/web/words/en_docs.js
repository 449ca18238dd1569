// The reference's own texts; what the OpenAPI document says is in its language. Backticks mark code.
export const words = {
  title: 'API reference',
  console: 'Console',
  document: 'OpenAPI document',
  endpoints: 'Endpoints',
  curl: 'As curl',
  parameters: 'Parameters',
  parameterColumns: ['Name', 'Type', 'In', 'Meaning'],
  body: 'Body',
  answer: 'Answer',
  fieldColumns: ['Field', 'Type', 'Presence'],
  required: 'required',
  optional: 'optional',
  csv: 'Also as CSV, with `Accept: text/csv`.',
  statuses: 'Refusals:',
  errors: 'Errors',
  error: 'Error',
  errorsText:
    'Every refusal has a `code` for programs, a `detail` for people, and the `request_id` to ask about it.',
  unreadable: 'The document could not be loaded. Reload this page to try again.',
};
