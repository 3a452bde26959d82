package ekstoken

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"k8s.io/utils/clock"
)

// Token is a token and the last moment at which it is taken.
type Token struct {
	Value   string
	Expires time.Time
}

// Source makes tokens for one cluster and keeps each until a quarter of its life is
// left. It is safe for concurrent use.
type Source struct {
	credentials     aws.CredentialsProvider
	region, cluster string
	clock           clock.PassiveClock

	mu      sync.Mutex
	current Token
	renew   time.Time
}

// New makes a Source. The credentials' owner is whom the cluster will see; region and
// cluster are the region and the name of the EKS cluster.
func New(credentials aws.CredentialsProvider, region, cluster string, c clock.PassiveClock) *Source {
	return &Source{credentials: credentials, region: region, cluster: cluster, clock: c}
}

// Token gives a token that will be taken for a while.
func (s *Source) Token(ctx context.Context) (Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	if s.current.Value != "" && now.Before(s.renew) {
		return s.current, nil
	}
	made, err := s.make(ctx, now)
	if err != nil {
		return Token{}, err
	}
	// A cluster asks STS once for each token, so one is used for most of its life; the
	// rest is for requests in progress and clocks that differ.
	life := made.Expires.Sub(now)
	s.current, s.renew = made, made.Expires.Add(-life/4)
	return made, nil
}

func (s *Source) make(ctx context.Context, now time.Time) (Token, error) {
	credentials, err := s.credentials.Retrieve(ctx)
	if err != nil {
		return Token{}, fmt.Errorf("making a token for EKS cluster %s: %w", s.cluster, err)
	}
	value, err := sign(ctx, credentials, s.region, s.cluster, now)
	if err != nil {
		return Token{}, fmt.Errorf("making a token for EKS cluster %s: %w", s.cluster, err)
	}
	made := Token{Value: value, Expires: now.Add(Life)}
	if credentials.CanExpire && credentials.Expires.Before(made.Expires) {
		made.Expires = credentials.Expires // STS refuses what an ended session signed
	}
	return made, nil
}

// Drop has the next token made new, if this one is still the current: it was refused.
func (s *Source) Drop(value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current.Value == value {
		s.current = Token{}
	}
}
