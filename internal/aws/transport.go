package aws

import (
	"io"
	"net/http"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// wholeAnswers wraps an HTTP client so that answers are not cut off. smithy-go
// closes the request body as soon as the answer's headers are there; its body's
// WriteTo then returns io.EOF, net/http takes that for a failed write and closes
// the connection while the answer is still being read. Hiding WriteTo is enough
// (aws-sdk-go-v2#1825, #2737).
//
// It is put around the loaded client rather than under it: the SDK adds
// AWS_CA_BUNDLE to its own BuildableClient only.
type wholeAnswers struct{ next awssdk.HTTPClient }

func withWholeAnswers(next awssdk.HTTPClient) awssdk.HTTPClient {
	switch client := next.(type) {
	case nil:
		return wholeAnswers{next: awshttp.NewBuildableClient()}
	case wholeAnswers:
		return client
	default:
		return wholeAnswers{next: client}
	}
}

// Do implements awssdk.HTTPClient.
func (w wholeAnswers) Do(request *http.Request) (*http.Response, error) {
	if request.Body != nil && request.Body != http.NoBody {
		request = request.Clone(request.Context())
		request.Body = struct{ io.ReadCloser }{request.Body}
	}
	return w.next.Do(request)
}
