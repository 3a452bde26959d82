package probe

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"time"
)

// lostAfter is when an attempt to connect counts as lost. A handshake takes one round trip, at most some
// 0.4 s between two regions; where its packet, or the answer, is lost, Linux sends again after 1 s
// (RFC 6298, 2.1), so what takes longer has lost one.
const lostAfter = time.Second

// betweenMeasurements keeps attempts from being one burst.
const betweenMeasurements = 20 * time.Millisecond

// Measurement is what many attempts to connect took.
type Measurement struct {
	// Micros are the shortest, the median and the longest time that an attempt took, in microseconds; empty: none
	// succeeded.
	Micros []int64 `json:"us,omitempty"`
	// Tries are the attempts, and Lost those of them that lost a packet.
	Tries int `json:"tries,omitempty"`
	Lost  int `json:"lost,omitempty"`
	// Packet is the largest IP packet, in bytes, that this pod sent while it moved the big transfer.
	Packet int `json:"packet,omitempty"`
}

// measure connects several times, one after the other: a connection is ended before the next begins.
func (d Dialer) measure(ctx context.Context, peer string) Measurement {
	var measured Measurement
	var took []int64
	for measured.Tries < d.Attempts && ctx.Err() == nil {
		measured.Tries++
		began := time.Now()
		conn, err := (&net.Dialer{Timeout: lostAfter}).DialContext(ctx, "tcp", peer)
		switch {
		case err == nil:
			took = append(took, time.Since(began).Microseconds())
			_ = conn.Close()
		case timedOut(err):
			measured.Lost++
		}
		select {
		case <-ctx.Done():
		case <-time.After(betweenMeasurements):
		}
	}
	if len(took) > 0 {
		slices.Sort(took)
		measured.Micros = []int64{took[0], took[len(took)/2], took[len(took)-1]}
	}
	return measured
}

// timedOut tells a packet that was lost from one that was answered with a refusal.
func timedOut(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}
