mock_provider "aws" {}

variables {
  name = "storyizer/words"
}

run "tags_are_immutable_and_images_scanned_and_encrypted" {
  command = plan

  assert {
    condition     = aws_ecr_repository.this.image_tag_mutability == "IMMUTABLE" && aws_ecr_repository.this.image_scanning_configuration[0].scan_on_push && aws_ecr_repository.this.encryption_configuration[0].encryption_type == "KMS"
    error_message = "The repository is not immutable, scanned and encrypted."
  }
}

run "images_are_not_deleted_with_the_repository_unless_asked_for" {
  command = plan

  assert {
    condition     = !aws_ecr_repository.this.force_delete
    error_message = "force_delete must be off."
  }
}

run "force_delete_can_be_on" {
  command = plan

  variables {
    force_delete = true
  }

  assert {
    condition     = aws_ecr_repository.this.force_delete
    error_message = "force_delete has no effect."
  }
}

run "only_untagged_images_expire_by_age" {
  command = plan

  assert {
    condition     = [for rule in jsondecode(aws_ecr_lifecycle_policy.this.policy).rules : rule.selection.tagStatus if rule.selection.countType == "sinceImagePushed"] == ["untagged"]
    error_message = "A deployed image could expire because it is old."
  }

  assert {
    condition     = [for rule in jsondecode(aws_ecr_lifecycle_policy.this.policy).rules : rule.selection.countNumber if rule.selection.tagStatus == "tagged"] == [5000, 1000]
    error_message = "Tagged images are not kept by their number."
  }
}

run "images_of_releases_are_out_of_reach_of_every_other_rule" {
  command = plan

  assert {
    condition     = { for rule in jsondecode(aws_ecr_lifecycle_policy.this.policy).rules : rule.rulePriority => rule.selection.tagPatternList if rule.selection.tagStatus == "tagged" } == { 1 = ["release-*"], 3 = ["*"] }
    error_message = "The rule for the images of releases must come first."
  }
}

run "keeping_few_images_of_releases_is_refused" {
  command = plan

  variables {
    keep_released = 50
  }

  expect_failures = [var.keep_released]
}

run "keeping_few_images_is_refused" {
  command = plan

  variables {
    keep_tagged = 30
  }

  expect_failures = [var.keep_tagged]
}

run "a_name_that_ecr_does_not_take_is_refused" {
  command = plan

  variables {
    name = "storyizer/Words"
  }

  expect_failures = [var.name]
}
