package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"strings"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// RESTJSON is the protocol that EKS speaks: the method and path say what is wanted, bodies are JSON.
type RESTJSON struct {
	// Routes map "METHOD /path/{parameter}" to actions.
	Routes map[string]string
}

// Read implements sim.Protocol. Path and query parameters end up in Parameters.
func (p RESTJSON) Read(c *sim.Call) error {
	segments := split(c.HTTP.URL.EscapedPath())
	for route, action := range p.Routes {
		method, pattern, _ := strings.Cut(route, " ")
		parameters, fits := match(split(pattern), segments)
		if method != c.HTTP.Method || !fits {
			continue
		}
		maps.Copy(parameters, c.HTTP.URL.Query())
		c.Action, c.Parameters = action, parameters
		return nil
	}
	return &sim.Failure{Code: "UnknownOperationException", Message: "awssim has no " + c.HTTP.Method + " " + c.HTTP.URL.Path, Status: 404}
}

func split(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }

// match binds the {names} of a pattern to the segments of a path.
func match(pattern, segments []string) (url.Values, bool) {
	if len(pattern) != len(segments) {
		return nil, false
	}
	parameters := url.Values{}
	for i, part := range pattern {
		name, variable := strings.CutPrefix(part, "{")
		if !variable {
			if part != segments[i] {
				return nil, false
			}
			continue
		}
		value, err := url.PathUnescape(segments[i])
		if err != nil || value == "" {
			return nil, false
		}
		parameters.Set(strings.TrimSuffix(name, "}"), value)
	}
	return parameters, true
}

// Success implements sim.Protocol.
func (RESTJSON) Success(_ *sim.Call, result any) (sim.Answer, error) {
	body, err := json.Marshal(result)
	if err != nil {
		return sim.Answer{}, fmt.Errorf("rendering %T: %w", result, err)
	}
	return sim.Answer{Status: 200, ContentType: "application/json", Body: body}, nil
}

// restCodes are what other services call the errors that the framework raises for EC2.
var restCodes = map[string]string{
	"AuthFailure": "UnrecognizedClientException", "RequestExpired": "ExpiredTokenException",
	"RequestLimitExceeded": "ThrottlingException", "AccessDenied": "AccessDeniedException", "UnauthorizedOperation": "AccessDeniedException",
	"MissingParameter": "InvalidParameterException", "UnknownParameter": "InvalidParameterException", "InvalidParameterValue": "InvalidParameterException",
	"InternalError": "ServerException",
}

// Failure implements sim.Protocol.
func (RESTJSON) Failure(_ *sim.Call, failure *sim.Failure) sim.Answer {
	code := failure.Code
	if own, named := restCodes[code]; named {
		code = own
	}
	// Marshalling a map of strings cannot fail.
	body, _ := json.Marshal(map[string]string{"__type": code, "message": failure.Message})
	status := failure.HTTPStatus()
	if code == "UnrecognizedClientException" || code == "ExpiredTokenException" {
		status = 403
	}
	return sim.Answer{Status: status, ContentType: "application/json", Body: body, Header: map[string][]string{"X-Amzn-Errortype": {code}}}
}

// REST makes an action of the RESTJSON protocol of a function over its own request and result types.
// Path and query parameters fill the fields with a query tag, the body the others; what no field takes is refused.
func REST[In, Out any](run func(*sim.Call, *In) (*Out, error)) sim.Action {
	return func(c *sim.Call) (any, error) {
		in := new(In)
		if err := Decode(c.Parameters, in); err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(c.Body)) > 0 {
			decoder := json.NewDecoder(bytes.NewReader(c.Body))
			decoder.DisallowUnknownFields()
			if err := decoder.Decode(in); err != nil {
				return nil, sim.Fail("InvalidParameterException", "%v (not implemented in awssim)", err)
			}
		}
		return run(c, in)
	}
}
