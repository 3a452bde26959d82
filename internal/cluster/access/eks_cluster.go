package access

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// eksCluster is what is known of one EKS cluster.
type eksCluster struct {
	v1alpha1.EKSAccess

	account Account
	clock   clock.PassiveClock
	dialled *dialled

	// doubtful: the API server's certificate did not verify, and none has since. Until then EKS is asked at each access: it may
	// name the new authority only some time after the API server has it.
	doubtful atomic.Bool

	mu        sync.Mutex
	described *Description
	read      time.Time
	principal string
	// refusal is what was found out when a token was refused last.
	refusal   *Error
	refusedAt time.Time
}

// access reads endpoint and CA where they are not known, old or doubtful.
func (c *eksCluster) access(ctx context.Context) (*Access, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.refresh(ctx); err != nil {
		return nil, err
	}
	d := c.described
	return &Access{
		Config: &rest.Config{
			Host:            d.Endpoint,
			TLSClientConfig: rest.TLSClientConfig{CAData: d.CA},
			Dial:            c.dialled.dialer().DialContext,
			WrapTransport:   func(next http.RoundTripper) http.RoundTripper { return &eksTransport{cluster: c, next: next} },
		},
		Source:  fmt.Sprintf("eks %s/%s as %s at %s with CA %x", c.Region, c.Name, c.account.ID(), d.Endpoint, sha256.Sum256(d.CA)),
		Explain: c.explain,
		VPCID:   d.VPCID, ServiceCIDR: d.ServiceCIDR,
	}, nil
}

func (c *eksCluster) refresh(ctx context.Context) error {
	now := c.clock.Now()
	if c.described != nil && !c.doubtful.Load() && now.Sub(c.read) < rereadAfter {
		return nil
	}
	found, err := c.account.Describe(ctx)
	if err == nil {
		err = c.check(found)
	}
	if err != nil {
		return c.keepKnown(err)
	}
	c.described, c.read = &found, now
	if principal, err := c.account.Principal(ctx); err == nil {
		c.principal = principal
	}
	return nil
}

// keepKnown continues with what was read before, unless AWS says that the cluster is
// gone or what was read is doubtful: AWS out of reach stops no work in the cluster.
func (c *eksCluster) keepKnown(err error) error {
	known, told := errors.AsType[*Error](err)
	gone := told && known.Reason == v1alpha1.ReasonEKSClusterNotFound
	if c.described == nil || c.doubtful.Load() || gone {
		return err
	}
	return nil
}

// check refuses what a kubeconfig is refused for.
func (c *eksCluster) check(d Description) error {
	switch {
	case d.Endpoint == "":
		return Errorf(v1alpha1.ReasonClusterUnreachable, nil,
			"EKS cluster %s in %s is %s and has no endpoint yet.", c.Name, c.Region, d.Status)
	case len(d.CA) == 0 || !holdsCertificates(d.CA):
		return Errorf(v1alpha1.ReasonClusterUnreachable, nil,
			"EKS names no usable certificate authority for cluster %s in %s, which is %s.", c.Name, c.Region, d.Status)
	}
	if err := checkAddress(d.Endpoint); err != nil {
		return Errorf(v1alpha1.ReasonClusterUnreachable, err,
			"EKS names an endpoint for cluster %s in %s that crossvpc does not use: %s.", c.Name, c.Region, err)
	}
	return nil
}
