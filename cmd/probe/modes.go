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

func serve(ctx context.Context, options *options) (probe.Report, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", options.listen)
	if err != nil {
		return probe.Report{}, fmt.Errorf("listening: %w", err)
	}
	return probe.Report{}, probe.Serve(ctx, listener, options.run)
}

func dial(ctx context.Context, options *options) (probe.Report, error) {
	if len(options.peers) == 0 {
		return probe.Report{}, errors.New("--peer must be given")
	}
	if options.bytes < fewestBytes || options.bytes > mostBytes {
		return probe.Report{}, fmt.Errorf("--bytes must be from %d to %d", fewestBytes, mostBytes)
	}
	dialer := probe.Dialer{Run: options.run, Bytes: options.bytes, Patience: options.patience, Timeout: options.timeout, Attempts: min(max(options.attempts, 0), 100)}
	return probe.Report{Dials: dialer.All(ctx, options.peers)}, nil
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
