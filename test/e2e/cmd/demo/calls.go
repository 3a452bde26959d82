package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/nodesim"
)

// The simulated AWS knows who calls. Those who are not crossvpc get access keys of their own, so that its calls can be told apart.
const (
	nodesUser     = "nodes"
	bystanderUser = "bystander"
)

// actAs makes the configuration one of another user of the account.
func actAs(ctx context.Context, config aws.Config, account, user string) (aws.Config, error) {
	key := strings.ToUpper(user) + account
	body, err := json.Marshal(map[string]any{
		"accessKey": key, "principal": awssim.Principal{Account: account, ARN: "arn:aws:iam::" + account + ":user/" + user, UserID: key},
	})
	if err != nil {
		return aws.Config{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, aws.ToString(config.BaseEndpoint)+"/_awssim/keys", bytes.NewReader(body))
	if err != nil {
		return aws.Config{}, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return aws.Config{}, fmt.Errorf("access key of %s: %w", user, err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusNoContent {
		return aws.Config{}, fmt.Errorf("access key of %s: %s", user, response.Status)
	}
	config.Credentials = credentials.NewStaticCredentialsProvider(key, "secret", "")
	return config, nil
}

// editNodes sets how the nodes are played: they follow the simulated AWS as a user of their own, and every third pod is
// on a node's first interface, where nothing is ever wrong.
func editNodes(ctx context.Context) func(string, *nodesim.Options) {
	return func(_ string, options *nodesim.Options) {
		options.FirstInterface = 0
		if config, err := actAs(ctx, options.AWS, options.Cluster.Network.Account, nodesUser); err == nil {
			options.AWS = config // else its calls are counted too, and nothing worse
		}
	}
}

// callCounter counts the calls of crossvpc itself.
type callCounter struct {
	mu    sync.Mutex
	cloud *awssim.Cloud
	last  int64
	count int
	// writes are the calls that change something.
	writes int
}

func newCallCounter(cloud *awssim.Cloud) *callCounter {
	c := &callCounter{cloud: cloud}
	c.Total()
	c.count, c.writes = 0, 0
	return c
}

// Total is how many there were since the counter was made.
func (c *callCounter) Total() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, entry := range c.cloud.Journal(awssim.Query{Since: c.last}) {
		c.last = entry.Sequence
		if strings.HasSuffix(entry.Principal, "/"+nodesUser) || strings.HasSuffix(entry.Principal, "/"+bystanderUser) {
			continue
		}
		c.count++
		if !strings.HasPrefix(entry.Action, "Describe") && entry.Service == "ec2" {
			c.writes++
		}
	}
	return c.count
}

// Writes is how many of them changed something.
func (c *callCounter) Writes() int {
	c.Total()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.writes
}
