package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim"
)

// everything that awssim's control interface offers.
var everything = []capability{clock, lagControl, quotaControl, throttling, roleRegistry, settableEKS, faults, policies, keyCheck, sharing, signatures}

// simControl drives awssim's control interface, in process or not, over HTTP.
type simControl struct{ endpoint string }

func (c simControl) send(method, path string, value any) []byte {
	payload, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	request, err := http.NewRequest(method, c.endpoint+"/_awssim/"+path, bytes.NewReader(payload))
	if err != nil {
		panic(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil || response.StatusCode >= 300 {
		panic(fmt.Sprintf("%s %s: %s %s %v", method, path, response.Status, body, err))
	}
	return body
}

func (c simControl) Advance(d time.Duration) {
	c.send(http.MethodPost, "clock", map[string]string{"advance": d.String()})
}

func (c simControl) Now() time.Time {
	var clock struct{ Now time.Time }
	if err := json.Unmarshal(c.send(http.MethodGet, "clock", nil), &clock); err != nil {
		panic(err)
	}
	return clock.Now
}

func (c simControl) SetLag(own, other time.Duration) (undo func()) {
	timing := checkedTiming()
	timing.Lag = awssim.Lag{Own: awssim.Duration(own), Remote: awssim.Duration(other)}
	timing.KindLag = nil
	return c.setTiming(timing)
}

// checkedTiming is AWS's timing, but nobody has to wait for an answer.
func checkedTiming() awssim.Timing {
	timing := awssim.Realistic()
	timing.Latency = 0
	return timing
}

func (c simControl) setTiming(timing awssim.Timing) (undo func()) {
	var before awssim.Timing
	if err := json.Unmarshal(c.send(http.MethodGet, "config", nil), &before); err != nil {
		panic(err)
	}
	c.send(http.MethodPut, "config", timing)
	return sync.OnceFunc(func() { c.send(http.MethodPut, "config", before) })
}

func (c simControl) SetQuota(account, code string, value int) (undo func()) {
	c.send(http.MethodPut, "quotas", map[string]any{"account": account, "code": code, "value": value})
	return sync.OnceFunc(func() { c.send(http.MethodDelete, "quotas?account="+account+"&code="+code, nil) })
}

func (c simControl) SetThrottling(account string) (undo func()) {
	c.send(http.MethodPut, "throttling", map[string]any{"account": account, "enabled": true})
	return sync.OnceFunc(func() {
		c.send(http.MethodPut, "throttling", map[string]any{"account": account, "enabled": false})
	})
}

func (c simControl) DeclareRole(account, name, externalID string, principals ...string) {
	c.send(http.MethodPost, "roles", map[string]any{
		"arn": "arn:aws:iam::" + account + ":role/" + name, "externalID": externalID, "principals": principals,
	})
}

func (c simControl) SetEKSEndpoint(account, region, cluster, endpoint, certificateAuthority string) {
	c.send(http.MethodPut, "clusters", map[string]string{
		"account": account, "region": region, "name": cluster, "endpoint": endpoint, "certificateAuthority": certificateAuthority,
	})
}

func (c simControl) ShareSubnets(owner, region, with string, subnets ...string) {
	c.send(http.MethodPut, "shares", map[string]any{"account": owner, "region": region, "with": with, "subnets": subnets})
}

func (c simControl) FailNext(account, service, action, code string, nth int) {
	c.send(http.MethodPost, "faults", awssim.Fault{
		Service: service, Action: action, Account: account, Nth: nth, Effect: awssim.ErrorAnswer, Code: code,
	})
}

func (c simControl) LoseAnswer(account, service, action string) {
	c.send(http.MethodPost, "faults", awssim.Fault{Service: service, Action: action, Account: account, Effect: awssim.ResetAfter})
}

func (c simControl) Attach(who string, statements ...string) {
	c.send(http.MethodPost, "policies", map[string]any{"arn": who, "policies": map[string]any{"attached": policyOf(statements)}})
}

func (c simControl) DeclareTrust(account, name string, statements ...string) {
	c.send(http.MethodPost, "roles", map[string]any{"arn": "arn:aws:iam::" + account + ":role/" + name, "trustPolicy": policyOf(statements)})
}

// policyOf is a policy of statements without their braces.
func policyOf(statements []string) json.RawMessage {
	return json.RawMessage(`{"Version":"2012-10-17","Statement":[{` + strings.Join(statements, "},{") + `}]}`)
}

func (c simControl) Deny(arn string, actions ...string) {
	c.send(http.MethodPost, "policies", map[string]any{"arn": arn, "deny": actions})
}
