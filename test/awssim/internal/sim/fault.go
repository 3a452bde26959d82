package sim

import (
	"fmt"
	"slices"
	"sync"
)

// Effect is what a fault does to a call.
type Effect string

// The effects. "Before" means that the call is not carried out, "After" that it is.
const (
	// ErrorAnswer answers with the fault's code, message and status; the call is not carried out.
	ErrorAnswer Effect = "Error"
	// ErrorAfter carries the call out and then answers with the error.
	ErrorAfter Effect = "ErrorAfter"
	// TimeoutBefore never answers: the caller waits until it gives up.
	TimeoutBefore Effect = "TimeoutBefore"
	// TimeoutAfter carries the call out and never answers.
	TimeoutAfter Effect = "TimeoutAfter"
	// ResetBefore resets the connection.
	ResetBefore Effect = "ResetBefore"
	// ResetAfter carries the call out and resets the connection.
	ResetAfter Effect = "ResetAfter"
	// Slow carries the call out after Delay, in real time.
	Slow Effect = "Latency"
)

var effects = []Effect{ErrorAnswer, ErrorAfter, TimeoutBefore, TimeoutAfter, ResetBefore, ResetAfter, Slow}

// Fault makes some calls fail.
type Fault struct {
	// ID names the fault; it is given one when empty.
	ID string `json:"id"`
	// Service, Action, Account, Region and Principal select the calls; empty ones select all.
	Service   string `json:"service,omitempty"`
	Action    string `json:"action,omitempty"`
	Account   string `json:"account,omitempty"`
	Region    string `json:"region,omitempty"`
	Principal string `json:"principal,omitempty"`
	// Nth is the first of the selected calls that is hit, counted from 1; 0 means 1.
	Nth int `json:"nth,omitempty"`
	// Count is how many calls are hit; 0 means one, -1 all.
	Count int `json:"count,omitempty"`
	// Effect is what happens to them.
	Effect Effect `json:"effect"`
	// Code, Message and Status (500 when zero) are the answer of ErrorAnswer and ErrorAfter.
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	Status  int    `json:"status,omitempty"`
	// Delay is the extra latency of Slow.
	Delay Duration `json:"delay,omitempty"`
	// Seen and Hit count the calls selected and hit so far.
	Seen int `json:"seen"`
	Hit  int `json:"hit"`
}

// Failure is the error answer of the fault.
func (f *Fault) Failure() *Failure {
	failure := &Failure{Code: f.Code, Message: f.Message, Status: f.Status}
	if failure.Code == "" {
		failure.Code = "InternalError"
	}
	if failure.Message == "" {
		failure.Message = "An internal error has occurred"
	}
	if failure.Status == 0 {
		failure.Status = 500
	}
	return failure
}

func (f *Fault) selects(c *Call) bool {
	return agrees(f.Service, c.Service) && agrees(f.Action, c.Action) && agrees(f.Account, c.Account) &&
		agrees(f.Region, c.Region) && (agrees(f.Principal, c.Principal.ARN) || f.Principal == c.Principal.RoleARN)
}

// strikes counts a selected call and says whether it is hit.
func (f *Fault) strikes() bool {
	f.Seen++
	count := f.Count
	if count == 0 {
		count = 1
	}
	if f.Seen < max(f.Nth, 1) || (count > 0 && f.Hit >= count) {
		return false
	}
	f.Hit++
	return true
}

// Faults are the injected faults; the first one that strikes a call has it.
type Faults struct {
	mutex  sync.Mutex
	faults []*Fault
	named  int
}

// Inject adds a fault and returns its id. An unknown effect is an error.
func (f *Faults) Inject(fault Fault) (string, error) {
	if !slices.Contains(effects, fault.Effect) {
		return "", fmt.Errorf("unknown effect %q: want one of %v", fault.Effect, effects)
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if fault.ID == "" {
		f.named++
		fault.ID = fmt.Sprintf("fault-%d", f.named)
	}
	f.faults = append(f.faults, &fault)
	return fault.ID, nil
}

// Remove takes out the fault of that id, or all when it is empty.
func (f *Faults) Remove(id string) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.faults = slices.DeleteFunc(f.faults, func(fault *Fault) bool { return id == "" || fault.ID == id })
}

// List shows the faults with their counts.
func (f *Faults) List() []Fault {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	list := make([]Fault, 0, len(f.faults))
	for _, fault := range f.faults {
		list = append(list, *fault)
	}
	return list
}

// Strike finds the fault that hits the call, nil when none does.
func (f *Faults) Strike(c *Call) *Fault {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for _, fault := range f.faults {
		if fault.selects(c) && fault.strikes() {
			struck := *fault
			return &struck
		}
	}
	return nil
}
