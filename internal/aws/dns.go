package aws

import (
	"context"
	"fmt"
	"sync"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"
	"k8s.io/utils/clock"
)

type dnsAttributes struct {
	support, hostnames bool
	until              time.Time
}

type dnsCache struct {
	clock clock.PassiveClock
	group singleflight.Group
	mu    sync.Mutex
	known map[string]dnsAttributes
}

func newDNSCache(c clock.PassiveClock) *dnsCache {
	return &dnsCache{clock: c, known: map[string]dnsAttributes{}}
}

// DNSAttributes are enableDnsSupport and enableDnsHostnames of a VPC, at most 5
// minutes old when both are on, else at most 30 seconds.
func (r *Reader) DNSAttributes(ctx context.Context, vpcID string) (support, hostnames bool, err error) {
	if found, ok := r.dns.find(vpcID); ok {
		return found.support, found.hostnames, nil
	}
	answer := r.dns.group.DoChan(vpcID, func() (any, error) { return r.readDNS(context.WithoutCancel(ctx), vpcID) })
	select {
	case result := <-answer:
		if result.Err != nil {
			return false, false, fmt.Errorf("reading the DNS attributes of %s: %w", vpcID, result.Err)
		}
		found := result.Val.(dnsAttributes)
		return found.support, found.hostnames, nil
	case <-ctx.Done():
		return false, false, ctx.Err()
	}
}

func (r *Reader) readDNS(ctx context.Context, vpcID string) (dnsAttributes, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	var found dnsAttributes
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		out, err := r.attribute(ctx, vpcID, ec2types.VpcAttributeNameEnableDnsSupport)
		if err == nil && out.EnableDnsSupport != nil {
			found.support = awssdk.ToBool(out.EnableDnsSupport.Value)
		}
		return err
	})
	group.Go(func() error {
		out, err := r.attribute(ctx, vpcID, ec2types.VpcAttributeNameEnableDnsHostnames)
		if err == nil && out.EnableDnsHostnames != nil {
			found.hostnames = awssdk.ToBool(out.EnableDnsHostnames.Value)
		}
		return err
	})
	if err := group.Wait(); err != nil {
		return dnsAttributes{}, err
	}
	return r.dns.keep(vpcID, found), nil
}

func (r *Reader) attribute(ctx context.Context, vpcID string, name ec2types.VpcAttributeName) (*ec2.DescribeVpcAttributeOutput, error) {
	return r.api.DescribeVpcAttribute(ctx, &ec2.DescribeVpcAttributeInput{VpcId: awssdk.String(vpcID), Attribute: name})
}

func (d *dnsCache) find(vpcID string) (dnsAttributes, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	found, ok := d.known[vpcID]
	return found, ok && d.clock.Now().Before(found.until)
}

func (d *dnsCache) keep(vpcID string, found dnsAttributes) dnsAttributes {
	d.mu.Lock()
	defer d.mu.Unlock()
	ttl := dnsOffTTL
	if found.support && found.hostnames {
		ttl = dnsOnTTL
	}
	found.until = d.clock.Now().Add(ttl)
	d.known[vpcID] = found
	return found
}
