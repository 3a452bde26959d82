package aws

import (
	"maps"
	"slices"
	"sync"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// session is what one identity has: a configuration with its credentials, and clients by region.
type session struct {
	cfg awssdk.Config

	mu          sync.Mutex
	ec2         map[string]*ec2.Client
	autoScaling map[string]*autoscaling.Client
	eks         map[string]*eks.Client
	sts         map[string]*sts.Client
	readers     map[string]*Reader
	// caller is under the one key "", made at first use.
	caller map[string]*sharedRead[string]
}

func newSession(cfg awssdk.Config) *session {
	return &session{
		cfg:         cfg,
		ec2:         map[string]*ec2.Client{},
		autoScaling: map[string]*autoscaling.Client{},
		eks:         map[string]*eks.Client{},
		sts:         map[string]*sts.Client{},
		readers:     map[string]*Reader{},
		caller:      map[string]*sharedRead[string]{},
	}
}

// keep returns what a region has, made at first use.
func keep[T any](s *session, kept map[string]T, region string, build func(awssdk.Config) T) T {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found, ok := kept[region]; ok {
		return found
	}
	cfg := s.cfg.Copy()
	cfg.Region = region
	kept[region] = build(cfg)
	return kept[region]
}

func (s *session) allReaders() []*Reader {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.readers))
}
