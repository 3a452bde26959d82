package conformance

import (
	"context"
	"fmt"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// apiOptions records every exchange together with what the SDK made of it.
func (t *transcript) apiOptions() []func(*middleware.Stack) error {
	return []func(*middleware.Stack) error{func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("record", t.record), middleware.After)
	}}
}

func (t *transcript) record(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	var answer capture
	out, metadata, err := next.HandleInitialize(withCapture(ctx, &answer), in)
	e := answer.exchange
	e.Service, e.Action = awsmiddleware.GetServiceID(ctx), awsmiddleware.GetOperationName(ctx)
	if e.Status == 0 {
		return out, metadata, err
	}
	if err == nil {
		e.lost = lostInDecoding(e, out.Result)
	}
	t.add(e)
	if err != nil {
		return out, metadata, fmt.Errorf("%w [HTTP %d, %d bytes]", err, e.Status, len(e.Body))
	}
	return out, metadata, nil
}
