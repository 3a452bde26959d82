package awssim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

// outcome is what the caller gets: an answer, or none because of a fault.
type outcome struct {
	answer    sim.Answer
	requestID string
	lost      sim.Effect
}

// handle carries out one API call.
func (c *Cloud) handle(ctx context.Context, request *http.Request, body []byte) outcome {
	began := time.Now()
	call := &sim.Call{HTTP: request, Body: body, RequestID: c.world.NewRequestID(), Now: c.world.Clock.Now()}
	result, failure, fault := c.attempt(ctx, call)
	out := outcome{requestID: call.RequestID}
	if fault != nil && failure == nil && result == nil {
		out.lost = fault.Effect
	} else {
		out.answer, failure = c.render(call, result, failure)
	}
	c.record(call, out, failure, fault, began)
	return out
}

// attempt runs the call through authentication, faults and authorization. No result and no failure
// means that the fault keeps the answer.
func (c *Cloud) attempt(ctx context.Context, call *sim.Call) (any, *sim.Failure, *sim.Fault) {
	action, failure := c.admit(call)
	fault := c.world.Faults.Strike(call)
	wait(ctx, c.delay(fault))
	if failure != nil {
		return nil, failure, fault
	}
	if fault != nil {
		switch fault.Effect {
		case sim.ErrorAnswer:
			return nil, fault.Failure(), fault
		case sim.TimeoutBefore, sim.ResetBefore:
			return nil, nil, fault
		}
	}
	result, failure := c.run(call, action)
	if fault != nil {
		switch fault.Effect {
		case sim.ErrorAfter:
			return nil, fault.Failure(), fault
		case sim.TimeoutAfter, sim.ResetAfter:
			return nil, nil, fault
		}
	}
	return result, failure, fault
}

// admit finds out who calls what.
func (c *Cloud) admit(call *sim.Call) (sim.Action, *sim.Failure) {
	scope, failure := readScope(call.HTTP)
	if failure != nil {
		return nil, failure
	}
	call.Service, call.Region = scope.service, scope.region
	target, known := c.services[scope.service]
	if !known {
		return nil, sim.Fail("InvalidAction", "awssim has no service %q", scope.service)
	}
	if err := target.Protocol().Read(call); err != nil {
		return nil, asFailure(err)
	}
	principal, failure := c.world.Keys.Identify(scope.accessKey, scope.token, scope.region, call.Now)
	if failure != nil {
		return nil, failure
	}
	call.Principal, call.Account = principal, principal.Account
	if failure := checkPresigned(call, c.world.Keys.Secret(scope.accessKey)); failure != nil {
		return nil, failure
	}
	action, known := target.actions[call.Action]
	if !known {
		return nil, sim.Fail("InvalidAction", "The action %s is not valid for this web service (not implemented in awssim).", call.Action)
	}
	if failure := c.world.Throttle.Take(call); failure != nil {
		return nil, failure
	}
	return action, nil
}

func (c *Cloud) run(call *sim.Call, action sim.Action) (result any, failure *sim.Failure) {
	c.world.Admit(call, func() {
		if failure = c.world.Authorize(call, c.services[call.Service].Accesses); failure != nil {
			return
		}
		value, err := action(call)
		result, failure = value, asFailure(err)
	})
	return result, failure
}

// asFailure turns what an action returned into AWS's error; what is no Failure is a mistake of awssim.
func asFailure(err error) *sim.Failure {
	var failure *sim.Failure
	switch {
	case err == nil:
		return nil
	case errors.As(err, &failure):
		return failure
	}
	return &sim.Failure{Code: "InternalError", Message: fmt.Sprintf("awssim: %v", err), Status: http.StatusInternalServerError}
}

func (c *Cloud) render(call *sim.Call, result any, failure *sim.Failure) (sim.Answer, *sim.Failure) {
	var protocol sim.Protocol = wire.EC2{}
	if target, known := c.services[call.Service]; known {
		protocol = target.Protocol()
	}
	if failure != nil {
		return protocol.Failure(call, failure), failure
	}
	answer, err := protocol.Success(call, result)
	if err != nil {
		return protocol.Failure(call, asFailure(err)), asFailure(err)
	}
	return answer, nil
}

func (c *Cloud) delay(fault *sim.Fault) time.Duration {
	latency := time.Duration(c.world.Timing().Latency)
	if fault != nil && fault.Effect == sim.Slow {
		latency += time.Duration(fault.Delay)
	}
	return latency
}

// wait lets real time pass: what a client's timeouts go by.
func wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func (c *Cloud) record(call *sim.Call, out outcome, failure *sim.Failure, fault *sim.Fault, began time.Time) {
	entry := sim.Entry{
		Service: call.Service, Action: call.Action, Place: call.Place, Principal: call.Principal.ARN,
		RequestID: call.RequestID, Parameters: flat(call), Status: out.answer.Status, Code: "OK",
		Start: call.Now, Duration: sim.Duration(time.Since(began)),
	}
	if failure != nil {
		entry.Code, entry.Message = failure.Code, failure.Message
	}
	if out.lost != "" {
		entry.Code = string(out.lost)
	}
	if fault != nil {
		entry.Fault = fault.ID
	}
	c.world.Journal.Add(entry)
}

func flat(call *sim.Call) map[string]string {
	parameters := make(map[string]string, len(call.Parameters))
	for name := range call.Parameters {
		parameters[name] = call.Parameters.Get(name)
	}
	if call.DryRun {
		parameters["DryRun"] = "true"
	}
	return parameters
}
