package main

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/crossvpc/crossvpc/internal/probe"
)

// Transfers must be bigger than one packet of an inter-region peering, 8500 bytes
// (EC2 user guide, "Network MTU"), or they prove nothing about it.
const (
	fewestBytes = 8501
	mostBytes   = 1 << 20
)

// mostAttempts keeps a measurement within some seconds.
const mostAttempts = 100

func serve(ctx context.Context, options *options) (probe.Report, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", options.listen)
	if err != nil {
		return probe.Report{}, fmt.Errorf("listening: %w", err)
	}
	return probe.Report{}, probe.Serve(ctx, listener, options.run)
}

func dial(ctx context.Context, options *options) (probe.Report, error) {
	if err := options.checkDial(); err != nil {
		return probe.Report{}, err
	}
	dialer := probe.Dialer{Run: options.run, Bytes: options.bytes, Patience: options.patience, Timeout: options.timeout, Attempts: options.attempts}
	return probe.Report{Dials: dialer.All(ctx, options.peers)}, nil
}

// checkDial refuses what would not be done as it is asked for.
func (o *options) checkDial() error {
	switch {
	case len(o.peers) == 0:
		return errors.New("--peer must be given")
	case o.bytes < fewestBytes || o.bytes > mostBytes:
		return fmt.Errorf("--bytes must be from %d to %d, and is %d", fewestBytes, mostBytes, o.bytes)
	case o.attempts < 0 || o.attempts > mostAttempts:
		return fmt.Errorf("--attempts must be from 0 to %d, and is %d", mostAttempts, o.attempts)
	case o.timeout <= 0:
		return fmt.Errorf("--timeout must be more than 0, and is %s", o.timeout)
	case o.patience <= 0:
		return fmt.Errorf("--patience must be more than 0, and is %s", o.patience)
	default:
		return nil
	}
}

// rules judges each pod that was named; without any it shows what there is.
func rules(_ context.Context, options *options) (probe.Report, error) {
	found, err := probe.ReadRules()
	if err != nil {
		return probe.Report{}, err
	}
	if len(options.pods) == 0 {
		return probe.Report{Found: probe.EgressRules(found)}, nil
	}
	if len(options.blocks) == 0 {
		return probe.Report{}, errors.New("--peer-block must be given with --pod")
	}
	var report probe.Report
	for _, pod := range options.pods {
		report.Rules = append(report.Rules, probe.JudgeRules(found, pod, options.blocks))
	}
	return report, nil
}
