package probe

import (
	"encoding/json"
	"fmt"
	"os"
)

// Version of the reports: an operator does not read those of another version.
const Version = 1

// Report is what one probe pod found out; it is its termination message, of which
// a kubelet keeps 4096 bytes.
type Report struct {
	Version int `json:"version"`
	// Error says why the probe could not do its work at all.
	Error string `json:"error,omitempty"`
	// Dials has a result for each peer that was dialled.
	Dials []Dial `json:"dials,omitempty"`
	// Rules has a verdict for each pod address that was asked for.
	Rules []RuleVerdict `json:"rules,omitempty"`
	// Found are the rules of Cilium's priority when no pod address was asked for.
	Found []string `json:"found,omitempty"`
}

// Outcome is how far one dial got; the first thing that failed names it.
type Outcome string

const (
	// Passed says that the peer saw this pod's own address and that big
	// transfers went through both ways.
	Passed Outcome = "Passed"
	// Refused says that the connection was refused: packets get there and back,
	// but nothing listens.
	Refused Outcome = "Refused"
	// ConnectTimeout says that no answer came at all: something on the way there
	// or back drops packets.
	ConnectTimeout Outcome = "ConnectTimeout"
	// Unreachable says that this node, or a router, says that there is no way.
	Unreachable Outcome = "Unreachable"
	// NoAnswer says that the connection stood and even small packets got no answer.
	NoAnswer Outcome = "NoAnswer"
	// UploadStalled says that small packets pass and full-size ones to the peer don't.
	UploadStalled Outcome = "UploadStalled"
	// DownloadStalled says that small packets pass and full-size ones from the peer don't.
	DownloadStalled Outcome = "DownloadStalled"
	// Masqueraded says that all passed, but the peer saw another address than
	// this pod's.
	Masqueraded Outcome = "Masqueraded"
	// Reset says that the connection was broken off.
	Reset Outcome = "Reset"
	// WrongServer says that something else than the peer's probe answered.
	WrongServer Outcome = "WrongServer"
)

// Dial is one attempt to talk to one peer. Names are short: sixteen have to fit
// into a termination message.
type Dial struct {
	// Peer is the address and port that was dialled.
	Peer    string  `json:"peer"`
	Outcome Outcome `json:"outcome"`
	// Own is this pod's address on the connection, Seen the one the peer saw.
	Own  string `json:"own,omitempty"`
	Seen string `json:"seen,omitempty"`
	// Bytes that passed each way.
	Bytes int `json:"bytes,omitempty"`
	Measurement
	// Detail is the error behind the outcome.
	Detail string `json:"detail,omitempty"`
}

// longestMessage is what a kubelet keeps of a termination message.
const longestMessage = 4096

// Line is the report as one line of JSON that fits into a termination message:
// details go first where it would not, then what was measured.
func (r Report) Line() ([]byte, error) {
	line, err := json.Marshal(r)
	if err == nil && len(line) > longestMessage {
		line, err = json.Marshal(r.without(func(dial *Dial) { dial.Detail = "" }))
	}
	if err == nil && len(line) > longestMessage {
		line, err = json.Marshal(r.without(func(dial *Dial) { dial.Detail, dial.Measurement = "", Measurement{} }))
	}
	if err != nil {
		return nil, fmt.Errorf("encoding the report: %w", err)
	}
	return line, nil
}

func (r Report) without(drop func(*Dial)) Report {
	short := Report{Version: r.Version, Error: r.Error, Rules: r.Rules, Found: r.Found}
	for _, dial := range r.Dials {
		drop(&dial)
		short.Dials = append(short.Dials, dial)
	}
	return short
}

// Write writes the report where a kubelet reads it.
func (r Report) Write(path string) error {
	line, err := r.Line()
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, line, 0o600); err != nil {
		return fmt.Errorf("writing the termination message: %w", err)
	}
	return nil
}

// Read reads a report from a termination message.
func Read(message string) (Report, error) {
	var report Report
	if err := json.Unmarshal([]byte(message), &report); err != nil {
		return Report{}, fmt.Errorf("reading a probe's termination message: %w", err)
	}
	if report.Version != Version {
		return Report{}, fmt.Errorf("a probe's report has version %d, this operator reads %d: both must be of one release", report.Version, Version)
	}
	return report, nil
}

// Failed reports whether anything in it is not as it should be.
func (r Report) Failed() bool {
	for _, dial := range r.Dials {
		if dial.Outcome != Passed {
			return true
		}
	}
	for _, verdict := range r.Rules {
		if !verdict.Covered() {
			return true
		}
	}
	return r.Error != ""
}
