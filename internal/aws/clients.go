package aws

import (
	"context"
	"fmt"
	"slices"
	"sync"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"
	"k8s.io/utils/clock"
)

// Clients makes AWS clients and keeps them by identity and region, with one
// HTTP connection pool for all. It is safe for concurrent use.
type Clients struct {
	cfg      awssdk.Config
	clock    clock.Clock
	limiter  *limiter
	observer Observer
	// installation is part of the names of sessions.
	installation string
	// given are credentials in place of those of an identity's role; nil: none are.
	given func(identity string) awssdk.CredentialsProvider

	mu       sync.Mutex
	sessions map[Identity]*session
	accounts map[Identity]string
}

// Option changes how NewClients sets up its Clients.
type Option func(*Clients)

// WithClock replaces the machine's clock, for tests.
func WithClock(c clock.Clock) Option { return func(clients *Clients) { clients.clock = c } }

// WithObserver is told of every request that was sent.
func WithObserver(o Observer) Option { return func(clients *Clients) { clients.observer = o } }

// WithInstallation names the installation in every session, for those who read CloudTrail.
func WithInstallation(id string) Option { return func(clients *Clients) { clients.installation = id } }

// NewClients makes Clients of a configuration that LoadConfig, or the SDK,
// loaded. Its credentials are the ambient ones.
func NewClients(cfg awssdk.Config, opts ...Option) *Clients {
	c := &Clients{
		cfg:      cfg,
		clock:    clock.RealClock{},
		sessions: map[Identity]*session{},
		accounts: map[Identity]string{},
	}
	for _, opt := range opts {
		opt(c)
	}
	c.cfg.HTTPClient = withWholeAnswers(cfg.HTTPClient)
	c.limiter = newLimiter(c.clock)
	return c
}

// EC2 is the EC2 client of an identity in a region.
func (c *Clients) EC2(id Identity, region string) *ec2.Client {
	s := c.session(id)
	return keep(s, s.ec2, region, func(cfg awssdk.Config) *ec2.Client { return ec2.NewFromConfig(cfg) })
}

// AutoScaling is the Auto Scaling client of an identity in a region.
func (c *Clients) AutoScaling(id Identity, region string) *autoscaling.Client {
	s := c.session(id)
	return keep(s, s.autoScaling, region, func(cfg awssdk.Config) *autoscaling.Client { return autoscaling.NewFromConfig(cfg) })
}

// EKS is the EKS client of an identity in a region.
func (c *Clients) EKS(id Identity, region string) *eks.Client {
	s := c.session(id)
	return keep(s, s.eks, region, func(cfg awssdk.Config) *eks.Client { return eks.NewFromConfig(cfg) })
}

// STS is the STS client of an identity, in the region of the configuration, else
// the main one of the role's partition.
func (c *Clients) STS(id Identity) *sts.Client {
	s := c.session(id)
	return keep(s, s.sts, id.stsRegion(c.cfg.Region), func(cfg awssdk.Config) *sts.Client { return sts.NewFromConfig(cfg) })
}

// Reader is the shared reader of an identity in a region.
func (c *Clients) Reader(id Identity, region string) *Reader {
	client := c.EC2(id, region)
	s := c.session(id)
	return keep(s, s.readers, region, func(awssdk.Config) *Reader { return newReader(client, c.clock) })
}

// Caller asks STS for the account of the identity's credentials, and for the ARN of who they are. Limits are counted by
// that account from then on.
func (c *Clients) Caller(ctx context.Context, id Identity) (account, arn string, err error) {
	caller, err := c.STS(id).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", "", fmt.Errorf("asking for the account of identity %q: %w", id.Name, err)
	}
	account = awssdk.ToString(caller.Account)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.accounts[id] = account
	return account, awssdk.ToString(caller.Arn), nil
}

// Forget drops the credentials, clients and readers of an identity that was
// changed or deleted. Its next use starts from the beginning.
func (c *Clients) Forget(id Identity) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if id.RoleARN == "" {
		ambientCredentials(id, c.cfg.Credentials).invalidate()
	}
	delete(c.sessions, id)
	delete(c.accounts, id)
}

// Release tells every reader that this owner wants nothing any more.
func (c *Clients) Release(owner string) {
	for _, reader := range c.allReaders() {
		reader.Release(owner)
	}
}

func (c *Clients) allReaders() []*Reader {
	c.mu.Lock()
	defer c.mu.Unlock()
	var readers []*Reader
	for _, s := range c.sessions {
		readers = append(readers, s.allReaders()...)
	}
	return readers
}

// payer is whose rate limits the identity's calls count against.
func (c *Clients) payer(id Identity) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if account, ok := c.accounts[id]; ok {
		return account
	}
	if account := id.account(); account != "" {
		return account
	}
	return "ambient"
}

func (c *Clients) session(id Identity) *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, ok := c.sessions[id]; ok {
		return s
	}
	s := newSession(c.config(id, c.credentials(id)))
	c.sessions[id] = s
	return s
}

// config is the configuration of an identity; its region is still to be set.
func (c *Clients) config(id Identity, found credentials) awssdk.Config {
	cfg := c.cfg.Copy()
	cfg.Credentials = found
	around := &attempt{clients: c, identity: id, credentials: found}
	cfg.APIOptions = append(slices.Clip(cfg.APIOptions), func(stack *middleware.Stack) error {
		return stack.Finalize.Insert(around, "Retry", middleware.After)
	})
	return cfg
}

func (c *Clients) credentials(id Identity) credentials {
	if c.given != nil {
		if own := c.given(id.Name); own != nil {
			return ambientCredentials(id, own)
		}
		return ambientCredentials(id, c.cfg.Credentials)
	}
	operator := Identity{Name: operatorName}
	ambient := ambientCredentials(operator, c.cfg.Credentials)
	if id.RoleARN == "" {
		return ambient
	}
	cfg := c.config(operator, ambient)
	cfg.Region = id.stsRegion(c.cfg.Region)
	return roleCredentials(id, c.installation, sts.NewFromConfig(cfg))
}
