package aws

import (
	"context"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func createTags(ctx context.Context, api *ec2.Client, ids []string, tags map[string]string) error {
	_, err := api.CreateTags(ctx, &ec2.CreateTagsInput{Resources: ids, Tags: tagList(tags)})
	return err
}

// deleteTags deletes tags by key: without a value AWS deletes whatever value a key
// has. A tag that is not there is no error (EC2 API, DeleteTags).
func deleteTags(ctx context.Context, api *ec2.Client, ids, keys []string) error {
	tags := make([]ec2types.Tag, 0, len(keys))
	for _, key := range keys {
		tags = append(tags, ec2types.Tag{Key: awssdk.String(key)})
	}
	_, err := api.DeleteTags(ctx, &ec2.DeleteTagsInput{Resources: ids, Tags: tags})
	return err
}
