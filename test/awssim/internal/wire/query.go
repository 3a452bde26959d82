package wire

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"net/url"
	"strings"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// readForm reads Action and the flat parameters from the query string and the body.
func readForm(c *sim.Call) error {
	parameters, err := url.ParseQuery(string(c.Body))
	if err != nil {
		return sim.Fail("MalformedQueryString", "The query string contains a syntax error")
	}
	maps.Copy(parameters, c.HTTP.URL.Query())
	c.Action = parameters.Get("Action")
	parameters.Del("Action")
	parameters.Del("Version")
	maps.DeleteFunc(parameters, func(name string, _ []string) bool { return strings.HasPrefix(name, "X-Amz-") }) // of a presigned request
	c.Parameters = parameters
	return nil
}

func answer(status int, body []byte) sim.Answer {
	return sim.Answer{Status: status, ContentType: "text/xml;charset=UTF-8", Body: body}
}

// inside renders what stands between the tags of the value.
func inside(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := xml.NewEncoder(&buffer)
	if err := encoder.EncodeElement(value, xml.StartElement{Name: xml.Name{Local: "x"}}); err != nil {
		return nil, fmt.Errorf("rendering %T: %w", value, err)
	}
	return bytes.TrimSuffix(bytes.TrimPrefix(buffer.Bytes(), []byte("<x>")), []byte("</x>")), nil
}

func escaped(text string) string {
	var buffer bytes.Buffer
	if err := xml.EscapeText(&buffer, []byte(text)); err != nil {
		return ""
	}
	return buffer.String()
}

// EC2 is the Query protocol as EC2 speaks it.
type EC2 struct{ Namespace string }

// Read implements sim.Protocol. DryRun is a parameter of every action, so it is taken out here.
func (EC2) Read(c *sim.Call) error {
	if err := readForm(c); err != nil {
		return err
	}
	c.DryRun = c.Parameters.Get("DryRun") == "true"
	c.Parameters.Del("DryRun")
	return nil
}

// Success implements sim.Protocol.
func (p EC2) Success(c *sim.Call, result any) (sim.Answer, error) {
	body, err := inside(result)
	if err != nil {
		return sim.Answer{}, err
	}
	return answer(200, fmt.Appendf(nil, "%s<%sResponse xmlns=%q><requestId>%s</requestId>%s</%sResponse>",
		xml.Header, c.Action, p.Namespace, c.RequestID, body, c.Action)), nil
}

// Failure implements sim.Protocol.
func (EC2) Failure(c *sim.Call, failure *sim.Failure) sim.Answer {
	return answer(failure.HTTPStatus(), fmt.Appendf(nil,
		"%s<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors><RequestID>%s</RequestID></Response>",
		xml.Header, escaped(failure.Code), escaped(failure.Message), c.RequestID))
}

// AWSQuery is the Query protocol as STS and Auto Scaling speak it.
type AWSQuery struct{ Namespace string }

// Read implements sim.Protocol.
func (AWSQuery) Read(c *sim.Call) error { return readForm(c) }

// Success implements sim.Protocol.
func (p AWSQuery) Success(c *sim.Call, result any) (sim.Answer, error) {
	if wantsJSON(c) {
		return queryJSON(200, map[string]any{c.Action + "Response": map[string]any{
			c.Action + "Result": Tree(result), "ResponseMetadata": map[string]string{"RequestId": c.RequestID},
		}})
	}
	body, err := inside(result)
	if err != nil {
		return sim.Answer{}, err
	}
	return answer(200, fmt.Appendf(nil,
		"<%[1]sResponse xmlns=%[2]q><%[1]sResult>%[3]s</%[1]sResult><ResponseMetadata><RequestId>%[4]s</RequestId></ResponseMetadata></%[1]sResponse>",
		c.Action, p.Namespace, body, c.RequestID)), nil
}

// queryFailures are what other services call the errors that the framework raises for EC2
// (docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html).
var queryFailures = map[string]sim.Failure{
	"AuthFailure":           {Code: "InvalidClientTokenId", Message: "The security token included in the request is invalid.", Status: 403},
	"RequestExpired":        {Code: "ExpiredToken", Message: "The security token included in the request is expired", Status: 403},
	"MissingParameter":      {Code: "ValidationError"},
	"UnknownParameter":      {Code: "ValidationError"},
	"InvalidParameterValue": {Code: "ValidationError"},
	"RequestLimitExceeded":  {Code: "Throttling", Message: "Rate exceeded"},
}

// Failure implements sim.Protocol.
func (p AWSQuery) Failure(c *sim.Call, failure *sim.Failure) sim.Answer {
	if own, named := queryFailures[failure.Code]; named {
		if own.Message == "" {
			own.Message = failure.Message
		}
		failure = &own
	}
	fault := "Sender"
	if failure.HTTPStatus() >= 500 {
		fault = "Receiver"
	}
	if wantsJSON(c) {
		// Marshalling maps of strings cannot fail.
		told, _ := queryJSON(failure.HTTPStatus(), map[string]any{
			"Error": map[string]string{"Code": failure.Code, "Message": failure.Message, "Type": fault}, "RequestId": c.RequestID,
		})
		return told
	}
	return answer(failure.HTTPStatus(), fmt.Appendf(nil,
		"<ErrorResponse xmlns=%q><Error><Type>%s</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>%s</RequestId></ErrorResponse>",
		p.Namespace, fault, escaped(failure.Code), escaped(failure.Message), c.RequestID))
}

// wantsJSON says whether the caller asked for JSON, which the Query protocol answers in, too
// (as sigs.k8s.io/aws-iam-authenticator asks STS: pkg/token/token.go, getCallerIdentityWrapper).
func wantsJSON(c *sim.Call) bool {
	return c.HTTP != nil && c.HTTP.Header.Get("Accept") == "application/json"
}

func queryJSON(status int, value any) (sim.Answer, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return sim.Answer{}, fmt.Errorf("rendering %T: %w", value, err)
	}
	return sim.Answer{Status: status, ContentType: "application/json", Body: body}, nil
}
