package aws

import (
	"context"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/crossvpc/crossvpc/internal/peering"
)

func createTags(ctx context.Context, api *ec2.Client, ids []string, tags map[string]string) error {
	_, err := api.CreateTags(ctx, &ec2.CreateTagsInput{Resources: ids, Tags: tagList(tags)})
	return err
}

// disown deletes tags by key: without a value AWS deletes whatever value a key
// has. A tag that is not there is no error (EC2 API, DeleteTags).
func disown(ctx context.Context, api *ec2.Client, a peering.Disown) error {
	tags := make([]ec2types.Tag, 0, len(a.Keys))
	for _, key := range a.Keys {
		tags = append(tags, ec2types.Tag{Key: awssdk.String(key)})
	}
	_, err := api.DeleteTags(ctx, &ec2.DeleteTagsInput{Resources: a.IDs, Tags: tags})
	return err
}
