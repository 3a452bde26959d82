package aws

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// Class says what to do about an error.
type Class string

const (
	// OK is success, or as good as: observe again and continue.
	OK Class = "OK"
	// Retry is a fault of the moment: try again with backoff.
	Retry Class = "Retry"
	// Soon clears by itself: try again within seconds, at most for Failure.Patience.
	Soon Class = "Soon"
	// User needs a person outside the object: permissions, quotas, what was
	// removed by hand. Try again every few minutes.
	User Class = "User"
	// Terminal can't succeed with this spec; wait until it changes.
	Terminal Class = "Terminal"
)

// Failure is what an error of AWS means.
type Failure struct {
	Class Class
	// Service and Operation that failed. For a call that found no credentials
	// that is STS and AssumeRole, not the call.
	Service   string
	Operation string
	// Code as AWS spelled it; empty when there was no answer in AWS's format.
	Code string
	// Message is a sentence for a person: the action, what AWS said, what to do.
	// The same error gives the same text each time.
	Message string
	// RequestID is for logs only.
	RequestID string
	// Patience bounds Soon: past it, tell a person. 0: no bound.
	Patience time.Duration

	Denied bool
	// Nameless is true where AWS does not say of whom or where it denied: whoever knows the side says it.
	Nameless  bool
	Quota     bool
	NotFound  bool
	Throttled bool
	Expired   bool
}

// Is compares codes; AWS and its emulators differ in case.
func (v Failure) Is(code string) bool { return strings.EqualFold(v.Code, code) }

// Action is the failed call as IAM writes it: "ec2:CreateRoute". Empty when the
// error is not of a call.
func (v Failure) Action() string {
	if v.Operation == "" {
		return ""
	}
	return strings.ReplaceAll(strings.ToLower(v.Service), " ", "") + ":" + v.Operation
}

func (v Failure) metricCode() string {
	switch {
	case v.Code != "":
		return v.Code
	case v.Class == OK:
		return "OK"
	default:
		return "NoAnswer"
	}
}

// Classify judges an error of this package or of one of its clients. Of joined
// errors it judges the gravest; Failures has them all.
func Classify(err error) Failure {
	failures := Failures(err)
	if len(failures) == 0 {
		return Failure{Class: OK}
	}
	gravest := failures[0]
	for _, failure := range failures[1:] {
		if gravity[failure.Class] > gravity[gravest.Class] {
			gravest = failure
		}
	}
	return gravest
}

var gravity = map[Class]int{OK: 0, Soon: 1, Retry: 2, User: 3, Terminal: 4}

// Failures judges each of joined errors.
func Failures(err error) []Failure {
	if err == nil {
		return nil
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		joined, ok := inner.(interface{ Unwrap() []error })
		if !ok {
			continue
		}
		var failures []Failure
		for _, one := range joined.Unwrap() {
			failures = append(failures, Failures(one)...)
		}
		return failures
	}
	return []Failure{judge(err)}
}

func judge(err error) Failure {
	failure := Failure{RequestID: requestID(err)}
	failure.Service, failure.Operation = failedCall(err)
	answer, ok := errors.AsType[smithy.APIError](err)
	if !ok || answer.ErrorCode() == "" {
		return unanswered(failure, err)
	}
	failure.Code = answer.ErrorCode()
	found := lookUp(failure.Code, failure.Operation, answer.ErrorMessage())
	if found == nil {
		found = unknownCode(err)
	}
	failure.Class, failure.Patience = found.class, found.patience
	failure.Denied = found.is == denied || found.is == nameless
	failure.Nameless = found.is == nameless
	failure.Quota = found.is == quota
	failure.NotFound = found.is == missing
	failure.Throttled = found.is == throttled
	failure.Expired = found.is == expired
	failure.Message = sentence(failure, answer.ErrorMessage(), found.advice)
	return failure
}

// failedCall is the innermost one: a call without credentials fails because of AssumeRole.
func failedCall(err error) (service, operation string) {
	for {
		call, ok := errors.AsType[*smithy.OperationError](err)
		if !ok {
			return service, operation
		}
		service, operation, err = call.ServiceID, call.OperationName, call.Err
	}
}

func requestID(err error) string {
	response, ok := errors.AsType[*awshttp.ResponseError](err)
	if !ok {
		return ""
	}
	return response.RequestID
}

// unknownCode never gives up: AWS invents codes all the time.
func unknownCode(err error) *row {
	if statusCode(err) >= http.StatusInternalServerError {
		return &row{class: Retry, advice: tryAgain}
	}
	return &row{class: Soon, patience: unknownPatience, advice: tryAgain}
}

func statusCode(err error) int {
	response, ok := errors.AsType[*awshttp.ResponseError](err)
	if !ok || response.ResponseError == nil || response.Response == nil {
		return 0
	}
	return response.HTTPStatusCode()
}

// unanswered judges errors without an answer of AWS: the call may have been carried out.
func unanswered(failure Failure, err error) Failure {
	failure.Class = Retry
	switch refused, ok := errors.AsType[*CredentialsError](err); {
	case errors.Is(err, context.Canceled):
		failure.Message = sentence(failure, "interrupted", tryAgain)
	case ok && (failure.Service == "ec2imds" || !transient(err)):
		// The instance's metadata is the last place that is asked: nothing else gave credentials.
		failure.Class, failure.Denied = User, true
		failure.Message = sentence(failure, cause(refused.Err), "Give the operator AWS credentials (IRSA, EKS Pod Identity or the environment).")
	default:
		failure.Message = sentence(failure, cause(err), tryAgain)
	}
	return failure
}
