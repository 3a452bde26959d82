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
	// OK is success, or as good as: observe again and go on.
	OK Class = "OK"
	// Retry is a fault of the moment: try again with backoff.
	Retry Class = "Retry"
	// Soon will pass by itself: try again within seconds, at most for Verdict.Patience.
	Soon Class = "Soon"
	// User needs a person outside the object: permissions, quotas, what was
	// removed by hand. Try again every few minutes.
	User Class = "User"
	// Terminal can't succeed with this spec; wait until it changes.
	Terminal Class = "Terminal"
)

// Verdict is what an error of AWS means.
type Verdict struct {
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

	Denied    bool
	Quota     bool
	NotFound  bool
	Throttled bool
	Expired   bool
}

// Is compares codes; AWS and its emulators differ in case.
func (v Verdict) Is(code string) bool { return strings.EqualFold(v.Code, code) }

// Action is the failed call as IAM writes it: "ec2:CreateRoute". Empty when the
// error is not of a call.
func (v Verdict) Action() string {
	if v.Operation == "" {
		return ""
	}
	return strings.ReplaceAll(strings.ToLower(v.Service), " ", "") + ":" + v.Operation
}

func (v Verdict) metricCode() string {
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
// errors it judges the gravest; Verdicts has them all.
func Classify(err error) Verdict {
	verdicts := Verdicts(err)
	if len(verdicts) == 0 {
		return Verdict{Class: OK}
	}
	gravest := verdicts[0]
	for _, verdict := range verdicts[1:] {
		if gravity[verdict.Class] > gravity[gravest.Class] {
			gravest = verdict
		}
	}
	return gravest
}

var gravity = map[Class]int{OK: 0, Soon: 1, Retry: 2, User: 3, Terminal: 4}

// Verdicts judges each of joined errors.
func Verdicts(err error) []Verdict {
	if err == nil {
		return nil
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		joined, ok := inner.(interface{ Unwrap() []error })
		if !ok {
			continue
		}
		var verdicts []Verdict
		for _, one := range joined.Unwrap() {
			verdicts = append(verdicts, Verdicts(one)...)
		}
		return verdicts
	}
	return []Verdict{judge(err)}
}

func judge(err error) Verdict {
	verdict := Verdict{RequestID: requestID(err)}
	verdict.Service, verdict.Operation = failedCall(err)
	answer, ok := errors.AsType[smithy.APIError](err)
	if !ok || answer.ErrorCode() == "" {
		return unanswered(verdict, err)
	}
	verdict.Code = answer.ErrorCode()
	found := lookUp(verdict.Code, verdict.Operation, answer.ErrorMessage())
	if found == nil {
		found = unknownCode(err)
	}
	verdict.Class, verdict.Patience = found.class, found.patience
	verdict.Denied = found.is == denied
	verdict.Quota = found.is == quota
	verdict.NotFound = found.is == missing
	verdict.Throttled = found.is == throttled
	verdict.Expired = found.is == expired
	verdict.Message = sentence(verdict, answer.ErrorMessage(), found.advice)
	return verdict
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
	return &row{class: Soon, patience: 10 * time.Minute, advice: tryAgain}
}

func statusCode(err error) int {
	response, ok := errors.AsType[*awshttp.ResponseError](err)
	if !ok || response.ResponseError == nil || response.Response == nil {
		return 0
	}
	return response.HTTPStatusCode()
}

// unanswered judges errors without an answer of AWS: the call may have been carried out.
func unanswered(verdict Verdict, err error) Verdict {
	verdict.Class = Retry
	switch refused, ok := errors.AsType[*CredentialsError](err); {
	case errors.Is(err, context.Canceled):
		verdict.Message = sentence(verdict, "interrupted", tryAgain)
	case ok && (verdict.Service == "ec2imds" || !transient(err)):
		// The instance's metadata is the last place that is asked: nothing else gave credentials.
		verdict.Class, verdict.Denied = User, true
		verdict.Message = sentence(verdict, cause(refused.Err), "Give the operator AWS credentials (IRSA, EKS Pod Identity or the environment).")
	default:
		verdict.Message = sentence(verdict, cause(err), tryAgain)
	}
	return verdict
}
