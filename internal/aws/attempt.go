package aws

import (
	"context"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// attempt is the middleware around each try of a call: it waits for the
// limiter, bounds the time, and tells the limiter, the credentials and the
// observer how it went. It sits inside the SDK's retry loop because a retry
// costs AWS's bucket a token like any other request.
type attempt struct {
	clients     *Clients
	identity    Identity
	credentials credentials
}

// ID implements middleware.FinalizeMiddleware.
func (*attempt) ID() string { return "CrossvpcAttempt" }

// HandleFinalize implements middleware.FinalizeMiddleware.
func (a *attempt) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
	call := Call{
		Service:   awsmiddleware.GetServiceID(ctx),
		Operation: awsmiddleware.GetOperationName(ctx),
		Region:    awsmiddleware.GetRegion(ctx),
		Account:   a.clients.payer(a.identity),
	}
	bucket := a.clients.limiter.bucket(call.Account, call)
	if err := bucket.wait(ctx); err != nil {
		return middleware.FinalizeOutput{}, middleware.Metadata{}, err
	}
	bounded, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	began := a.clients.clock.Now()
	out, metadata, err := next.HandleFinalize(bounded, in)
	call.Duration = a.clients.clock.Since(began)
	a.report(call, bucket, err)
	return out, metadata, err
}

func (a *attempt) report(call Call, bucket *bucket, err error) {
	failure := Classify(err)
	if failure.Throttled {
		bucket.throttled()
	}
	if failure.Expired {
		a.credentials.invalidate()
	}
	if a.clients.observer != nil {
		call.Code, call.Throttled = failure.metricCode(), failure.Throttled
		a.clients.observer.Observe(call)
	}
}
