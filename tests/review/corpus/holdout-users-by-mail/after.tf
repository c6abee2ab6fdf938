resource "aws_cognito_user_pool" "shop" {
  name                = "shop-users-by-mail"
  username_attributes = ["email"]
}

resource "aws_cognito_user_pool_client" "website" {
  name         = "website"
  user_pool_id = aws_cognito_user_pool.shop.id
}
